#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The machine's own file system.
package struct POSIXFileSystem: FileSystem {
    /// Has the reserve of descriptors filled, while there are some.
    package init() { DescriptorReserve.shared.refill() }

    package func makeDirectory(_ path: String) throws(FileError) -> Bool {
        if mkdir(path, 0o755) == 0 { return true }
        let number = errno
        guard number == EEXIST else { throw FileError("mkdir", path, number) }
        // With a slash at its end, the path leads nowhere but to a folder.
        var status = stat()
        try POSIXFile.call("stat", path) { stat(path + "/", &status) }
        return false
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        let stream = try POSIXFile.withReserve { () throws(FileError) in
            guard let stream = opendir(directory) else { throw FileError("opendir", directory, errno) }
            return stream
        }
        defer {
            closedir(stream)
            DescriptorReserve.shared.refill()
        }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw FileError("readdir", directory, errno) }
        return names
    }

    package func open(_ path: String, _ access: FileAccess) throws(FileError) -> any LogFile {
        let flags =
            switch access {
            case .read: O_RDONLY
            case .update: O_RDWR
            case .create: O_RDWR | O_CREAT | O_TRUNC
            }
        return try POSIXFile(path, flags)
    }

    package func rename(_ path: String, to newPath: String) throws(FileError) {
        try POSIXFile.call("rename", path) { systemRename(path, newPath) }
    }

    package func remove(_ path: String) throws(FileError) {
        try POSIXFile.call("unlink", path) { unlink(path) }
    }

    package func synchronizeDirectory(_ path: String) throws(FileError) {
        try POSIXFile(path, O_RDONLY | O_DIRECTORY).synchronizeEntries()
    }

    package func lock(_ path: String) throws(FileError) -> FileLock {
        let file = try POSIXFile(path, O_RDWR | O_CREAT)
        return try file.lock() ? .acquired(file) : .held(by: file.text())
    }
}

/// The C function, which the method of the same name hides.
private func systemRename(_ path: String, _ newPath: String) -> Int32 { rename(path, newPath) }
