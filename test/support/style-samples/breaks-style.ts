// The checks of test/architecture.test.ts find these: a list in a list, an object in an object, and a list of names.
export const list = [...[1, 2], 3];
export const object = { ...{ a: 1, b: 2 }, c: 3 };
export const [first, second] = [1, 2];

// This comment is longer than one hundred and twenty columns, which is more than the formatter lets the lines of code have.
export function handlerRoutes() {
  return [{ path: '/a', handler: () => new Response('a') }];
}
