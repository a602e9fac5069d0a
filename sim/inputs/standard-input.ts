import { readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 16;
const RETRY_MILLISECONDS = 5;

/** Reads standard input to its end. A pipe that another process has not written to yet answers EAGAIN, which is no error. */
export const readStandardInput = (): Uint8Array => {
  const chunks: Uint8Array[] = [];
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    try {
      const length = readSync(0, chunk);
      if (length === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, length));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // On Windows the end of a pipe is an error.
      if (code === 'EOF') return Buffer.concat(chunks);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, RETRY_MILLISECONDS);
    }
  }
};
