import { expect, test } from 'bun:test';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { DAY } from '../../lib/clock.ts';

onEachEngine('sent forms', (engine) => {
  const scene = async () => {
    const app = await startApp(engine);
    let made = 0;
    const send = (userId: number, number: string) =>
      app.services.idempotencyKeys.once(
        { userId, number },
        async () => ++made,
        (id) => id,
      );
    return { app, send };
  };

  test('a form is done once, however often and however fast it is sent', async () => {
    const { app, send } = await scene();
    await using _ = app;
    expect(await send(1, 'a')).toEqual({ made: 1 });
    expect(await send(1, 'a')).toEqual({ madeBefore: 1 });
    const many = await Promise.all(Array.from({ length: 8 }, () => send(1, 'b')));
    expect(many.filter((one) => 'made' in one)).toEqual([{ made: 2 }]);
    expect(await send(1, 'b')).toEqual({ madeBefore: 2 });
  });

  test('the number of a form is of no use to another user', async () => {
    const { app, send } = await scene();
    await using _ = app;
    expect(await send(1, 'a')).toEqual({ made: 1 });
    expect(await send(2, 'a')).toEqual({ made: 2 });
  });

  test('a failed form can be submitted again', async () => {
    const { app, send } = await scene();
    await using _ = app;
    const fails = () => Promise.reject(new Error('no'));
    const failed = app.services.idempotencyKeys.once({ userId: 1, number: 'a' }, fails, () => 0);
    expect(await failed.catch((error: Error) => error.message)).toBe('no');
    expect(await send(1, 'a')).toEqual({ made: 1 });
  });

  test('it is forgotten after a day', async () => {
    const { app, send } = await scene();
    await using _ = app;
    await send(1, 'a');
    app.time.now += DAY - 1;
    expect(await send(1, 'a')).toEqual({ madeBefore: 1 });
    app.time.now += 1;
    await send(1, 'b');
    expect(await app.db.selectFrom('sent_forms').select('made_id').execute()).toEqual([{ made_id: 2 }]);
  });
});
