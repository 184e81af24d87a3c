/** Exactly this content type: python-gitlab compares the whole of it. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const text = JSON.stringify(body);
  // The length is said here and not left to the runtime, so that the answer to HEAD and the log line have it too.
  const length = String(Buffer.byteLength(text));
  return new Response(text, {
    status,
    headers: { 'Content-Type': 'application/json', 'Content-Length': length, ...headers },
  });
}
