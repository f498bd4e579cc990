import { type FileHandle, open } from 'node:fs/promises';
import { vi } from 'vitest';

/** A disk that files of this process are written to, and that can be filled. */
export interface FullDisk {
  /** Lets writes go through again. */
  free(): void;
}

/**
 * Fills the disk at the border to the operating system: a write to a file that is open takes half of what it is given,
 * and the next one none, with ENOSPC, as a file system does that runs full.
 * @param failing 'sync': writes succeed, and `fdatasync` fails, as where room is only looked for then
 */
export async function fillDisk(failing: 'write' | 'sync' = 'write'): Promise<FullDisk> {
  const any = await open(import.meta.filename, 'r');
  const handles = Object.getPrototypeOf(any) as FileHandle;
  await any.close();
  const full = () =>
    Promise.reject(
      Object.assign(new Error(`ENOSPC: no space left on device, ${failing}`), { code: 'ENOSPC' }),
    );
  if (failing === 'sync') {
    const datasync = vi.spyOn(handles, 'datasync').mockImplementation(full);
    return { free: () => datasync.mockRestore() };
  }
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its handle below
  const real = handles.write as (...given: unknown[]) => Promise<{ bytesWritten: number }>;
  const writev = vi.spyOn(handles, 'writev').mockImplementation(async function (
    this: FileHandle,
    buffers,
    position,
  ) {
    const bytes = Buffer.concat(buffers as Uint8Array[]);
    const half = bytes.subarray(0, bytes.length >> 1);
    const { bytesWritten } = await real.call(this, half, 0, half.length, position);
    return { bytesWritten, buffers };
  });
  const write = vi.spyOn(handles, 'write').mockImplementation(full);
  return {
    free() {
      writev.mockRestore();
      write.mockRestore();
    },
  };
}
