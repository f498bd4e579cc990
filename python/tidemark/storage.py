"""Bytes appended to a file, and to memory where the disk refuses them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_CHUNK = 1024 * 1024


class Locked(Exception):
    """Another process uses the file."""


class Storage:
    """An append-only run of bytes whose tail moves to memory when the disk is full or the folder not writable.

    Writes go straight to the operating system, unbuffered: what is written survives a kill of this process at any
    moment (not a power cut), and nothing is written twice when the process forks.

    Args:
        path: the file, created with owner-only rights; None keeps everything in memory.

    Raises:
        Locked: another process uses the file.
        OSError: an existing file cannot be opened.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.failure: OSError | None = None
        """Why bytes are kept in memory; None while the file takes them."""
        self._fd = -1
        self._file_size = 0
        self._tail = bytearray()
        if path is None:
            return
        existed = path.exists()
        try:
            if not existed:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._fd = _open_locked(path)
            self._file_size = os.fstat(self._fd).st_size
        except OSError as error:
            if existed:
                raise
            self.failure, self.path = error, None

    @property
    def size(self) -> int:
        """Bytes kept, in the file and in memory."""
        return self._file_size + len(self._tail)

    def append(self, data: bytes) -> None:
        """Adds `data` at the end. Never raises: what the disk refuses is kept in memory."""
        if self._fd >= 0 and not self._tail:
            try:
                os.lseek(self._fd, 0, os.SEEK_END)
                _write(self._fd, data)
                self._file_size += len(data)
                return
            except OSError as error:
                self.failure = error
                try:
                    os.ftruncate(self._fd, self._file_size)  # of a torn write nothing stays
                except OSError:
                    pass  # a torn last line is skipped by whoever reads the file
        self._tail += data

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from offset `start` to before `stop`."""
        parts = []
        if start < self._file_size:
            os.lseek(self._fd, start, os.SEEK_SET)
            left = min(stop, self._file_size) - start
            while left > 0 and (part := os.read(self._fd, left)):
                parts.append(part)
                left -= len(part)
        if stop > self._file_size:
            parts.append(bytes(self._tail[max(0, start - self._file_size) : stop - self._file_size]))
        return b"".join(parts)

    def cut(self, start: int, stop: int) -> bool:
        """Removes the bytes from offset `start` to before `stop`.

        Returns:
            Whether it did: a file that cannot be rewritten stays as it is.
        """
        if stop >= self.size:
            try:
                if start < self._file_size:
                    os.ftruncate(self._fd, start)
                    self._file_size = start
                del self._tail[max(0, start - self._file_size) :]
                self.failure = None if self._fd >= 0 else self.failure
            except OSError:
                return False
            return True
        if stop > self._file_size or self.path is None:
            if self._file_size > start:
                return False  # spans file and memory: rare, and gone once all is acknowledged
            del self._tail[start - self._file_size : stop - self._file_size]
            return True
        return self._rewrite(start, stop)

    def _rewrite(self, start: int, stop: int) -> bool:
        assert self.path is not None
        short = self.path.with_name(self.path.name + ".cut")
        fd = -1
        try:
            fd = _open_locked(short)
            os.ftruncate(fd, 0)
            for first, last in ((0, start), (stop, self._file_size)):
                for at in range(first, last, _CHUNK):
                    _write(fd, self.read(at, min(last, at + _CHUNK)))
            short.replace(self.path)
        except (OSError, Locked):
            if fd >= 0:
                os.close(fd)
                _unlink(short)
            return False
        os.close(self._fd)
        self._fd = fd
        self._file_size -= stop - start
        return True

    def touch(self) -> None:
        """Sets the file's time to now."""
        try:
            if self.path is not None:
                os.utime(self.path)
        except OSError:
            pass  # the next write does

    def close(self, *, remove: bool) -> None:
        """Lets go of the file, and deletes it if `remove`. What is in memory is gone."""
        if self._fd < 0:
            return
        if remove and self.path is not None:
            _unlink(self.path)
        fd, self._fd = self._fd, -1
        os.close(fd)
        if remove and self.path is not None:
            _unlink(self.path)  # where an open file cannot be deleted


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _unlink(path: Path) -> None:
    try:
        path.unlink()
    except OSError:
        pass


def _open_locked(path: Path) -> int:
    """Opens `path` for this process alone; the lock goes with the process, however it ends."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(fd, 2**62, os.SEEK_SET)  # a byte nobody reads: Windows locks are mandatory
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not path.exists() or not os.path.samestat(os.fstat(fd), path.stat()):
                raise Locked(f"{path}: was replaced meanwhile")
    except (BlockingIOError, PermissionError) as error:
        os.close(fd)
        raise Locked(f"{path}: is used by another process") from error
    except OSError:
        # Some network file systems have no locks. Two readers of one spool only send what the server drops as repeats.
        return fd
    except Locked:
        os.close(fd)
        raise
    return fd
