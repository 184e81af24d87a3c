/**
 * The program that the tests give to git as its ssh. It sends the command to a socket of the test, then its input. Both
 * directions are in frames: the descriptor (3: the exit status), the length in four bytes, the bytes. An empty frame
 * ends the input.
 */
import { connect } from 'node:net';

const command = process.argv.at(-1) ?? '';
const socket = connect(process.env['POSTERN_TEST_SOCKET'] ?? '');
socket.write(`${JSON.stringify({ command, protocol: process.env['GIT_PROTOCOL'] ?? '' })}\n`);
const frame = (bytes: Uint8Array) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return socket.write(Buffer.concat([head, bytes]));
};
process.stdin.on('data', (bytes: Buffer) => {
  if (frame(bytes)) return;
  process.stdin.pause();
  socket.once('drain', () => process.stdin.resume());
});
process.stdin.on('end', () => frame(Buffer.alloc(0)));

let rest = Buffer.alloc(0);
socket.on('data', (chunk: Buffer) => {
  rest = Buffer.concat([rest, chunk]);
  while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
    const descriptor = rest[0];
    const end = 5 + rest.readUInt32BE(1);
    const payload = rest.subarray(5, end);
    rest = rest.subarray(end);
    if (descriptor === 1) process.stdout.write(payload);
    else if (descriptor === 2) process.stderr.write(payload);
    else process.exitCode = payload.readUInt8(0);
  }
});
socket.on('end', () => process.stdin.destroy());
