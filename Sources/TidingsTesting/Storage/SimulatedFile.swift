import Synchronization
package import TidingsLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An open file of a simulated machine. It and its lock are given back with the last reference to it.
package final class SimulatedFile: LogFile {
    /// The path it was opened with.
    package let path: String

    private let machine: SimulatedMachine
    private let process: Int
    private let isWritable: Bool
    private let handle: SimulatedDisk.Handle
    private var file: Int { handle.file }

    init(_ machine: SimulatedMachine, _ path: String, _ access: FileAccess, _ process: Int) throws(FileError) {
        handle = try machine.disk.withLock { disk throws(FileError) in
            try disk.open(EntryPath(path), access, process)
        }
        self.machine = machine
        self.path = path
        self.process = process
        isWritable = access != .read
    }

    /// Takes over a handle that is open to read and write.
    init(_ machine: SimulatedMachine, _ path: String, _ handle: SimulatedDisk.Handle, _ process: Int) {
        self.machine = machine
        self.path = path
        self.process = process
        self.handle = handle
        isWritable = true
    }

    deinit { machine.disk.withLock { $0.close(handle, process) } }

    /// How many bytes the file has.
    package func size() throws(FileError) -> Int {
        try machine.disk.withLock { disk throws(FileError) in
            try disk.check(.read, path, process)
            return disk.content(file).size
        }
    }

    /// How many bytes of the disk it takes, as whole pages; holes take none.
    package func allocatedSize() throws(FileError) -> Int {
        try machine.disk.withLock { disk throws(FileError) in
            try disk.check(.read, path, process)
            return disk.allocatedPages(file) * FileContent.pageBytes
        }
    }

    /// Reads until the buffer is full or the file ends.
    package func read(into buffer: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int {
        try buffer.withUnsafeMutableBytes { bytes throws(FileError) in
            try machine.disk.withLock { disk throws(FileError) in
                try disk.admit(.read, path, process)
                return disk.content(file).read(into: bytes, at: offset)
            }
        }
    }

    /// The first offset, from one on, in a page that was ever written.
    package func firstData(from offset: Int) throws(FileError) -> Int? {
        try machine.disk.withLock { disk throws(FileError) in
            try disk.check(.read, path, process)
            return disk.content(file).firstData(from: offset)
        }
    }

    /// Writes all of the bytes, or those there is room for before it throws `ENOSPC`.
    package func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        try checkWritable(.write)
        try bytes.withUnsafeBytes { bytes throws(FileError) in
            try machine.disk.withLock { disk throws(FileError) in
                let failure = try disk.begin(.write, path, process)
                if case .shortWrite = failure {
                    _ = disk.write(.init(rebasing: bytes[..<(bytes.count / 2)]), at: offset, file)
                }
                if let number = failure?.number { throw FileError("pwrite", path, number) }
                if disk.write(bytes, at: offset, file) < bytes.count { throw FileError("pwrite", path, ENOSPC) }
            }
        }
    }

    /// Makes the file this long with room for all of it, or throws `ENOSPC` and changes nothing.
    package func allocate(_ byteCount: Int) throws(FileError) {
        try checkWritable(.allocate)
        try machine.disk.withLock { disk throws(FileError) in
            try disk.admit(.allocate, path, process)
            try disk.allocate(byteCount, file, path)
        }
    }

    /// Cuts the file; what was behind reads as zeros should it grow again.
    package func truncate(to byteCount: Int) throws(FileError) {
        try checkWritable(.truncate)
        try machine.disk.withLock { disk throws(FileError) in
            try disk.admit(.truncate, path, process)
            disk.truncate(file, to: byteCount)
        }
    }

    /// Makes pages and size durable. One that fails loses the pages for good: they read as written, but no later sync
    /// that works brings them to the disk.
    package func synchronize() throws(FileError) {
        try machine.disk.withLock { disk throws(FileError) in
            try disk.synchronize(file, path, process)
        }
    }

    /// Lets pages that a failed sync lost be read as the disk has them.
    package func discardCache() {
        machine.disk.withLock { disk in
            if disk.isPowered, disk.process == process { disk.discardCache(file) }
        }
    }

    private func checkWritable(_ operation: SimulatedFileSystem.Operation) throws(FileError) {
        if !isWritable { throw FileError(operation.call, path, EBADF) }
    }
}
