// The checks of test/architecture.test.ts let these pass.
const rest = [1, 2];
export const list = [...rest, 3];
export const [first, second] = list.map((each) => each + 1);

// https://postern.example/an-address-of-one-word-that-is-longer-than-one-hundred-and-twenty-columns-and-cannot-be-broken-anywhere
export function tableRoutes() {
  const handler = () => new Response('a');
  return [{ path: '/a', handler }];
}
