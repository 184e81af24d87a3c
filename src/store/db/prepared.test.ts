import { expect, test } from 'bun:test';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { prepared } from './prepared.ts';

onEachEngine('prepared queries', (engine) => {
  test('parameters go where they are used, in any order and more than once; the rest stays as it is', async () => {
    await using app = await startApp(engine);
    const [first, second] = [await app.seed.group(), await app.seed.group()];
    const query = prepared<{ id: number }, [string, number]>((db, path, id) =>
      db
        .selectFrom('namespaces')
        .select('id')
        .where((eb) => eb.or([eb('id', '=', id), eb('path', '=', path), eb('id', '=', id)]))
        .where('kind', '=', 'group')
        .orderBy('id')
        .limit(2),
    );
    const ids = async (path: string, id: number) => (await query(app.db, path, id)).map((row) => row.id);
    expect(await ids(second.path, first.id)).toEqual([first.id, second.id]);
    expect(await ids('not there', second.id)).toEqual([second.id]);
    expect(await ids(first.path, 0)).toEqual([first.id]);
  });

  test('a parameter that the query does not use is a mistake of ours', async () => {
    await using app = await startApp(engine);
    const query = prepared<{ id: number }, [string, string]>((db, path, _name) =>
      db.selectFrom('namespaces').select('id').where('path', '=', path),
    );
    await expect(query(app.db, 'a', 'b')).rejects.toThrow('must use each of its parameters');
  });
});
