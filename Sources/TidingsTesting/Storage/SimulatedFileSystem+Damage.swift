import Synchronization
package import TidingsLog

extension SimulatedFileSystem {
    /// What a file is seen to hold. Needs no power.
    package func contents(of path: String) throws(FileError) -> [UInt8] {
        try machine.disk.withLock { disk throws(FileError) in
            let content = try disk.content(disk.file(EntryPath(path)))
            return [UInt8](unsafeUninitializedCapacity: content.size) { buffer, count in
                count = content.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            }
        }
    }

    /// The names of the files in a folder, in order, without those of folders. Needs no power.
    package func files(in directory: String) throws(FileError) -> [String] {
        try machine.disk.withLock { disk throws(FileError) in try disk.fileNames(EntryPath(directory)) }
    }

    /// Turns over the bits of a mask in one byte of a file, on the disk and in memory, as a bad disk would.
    ///
    /// What was unsynced in the file becomes durable first. Needs no power, as ``truncate(_:to:)``.
    package func flip(byteAt offset: Int, of path: String, mask: UInt8 = 0xFF) throws(FileError) {
        try machine.disk.withLock { disk throws(FileError) in
            try disk.damage(disk.file(EntryPath(path))) { $0.flip(offset, mask: mask) }
        }
    }

    /// Cuts a file at a length, or makes it longer with zeros, on the disk and in memory.
    ///
    /// What was unsynced in the file becomes durable first.
    package func truncate(_ path: String, to byteCount: Int) throws(FileError) {
        try machine.disk.withLock { disk throws(FileError) in
            try disk.damage(disk.file(EntryPath(path))) { content in
                content.extent.size = byteCount
                content.extent.reservedPages = min(
                    content.extent.reservedPages, FileContent.pages(holding: byteCount))
            }
        }
    }
}
