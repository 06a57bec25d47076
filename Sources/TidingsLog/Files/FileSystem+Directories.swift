#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension FileSystem {
    /// Makes a folder and those above it where they are missing, and their names durable.
    ///
    /// The name of a folder that is there may be as young as the process before this one, which a power cut ended, so
    /// it is made durable all the same.
    package func createDirectory(_ path: String) throws(FileError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            let parent = made.isEmpty ? "." : made
            made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + component
            if try makeDirectory(made) {
                try synchronizeDirectory(parent)
            } else {
                try synchronizeForeignDirectory(parent)
            }
        }
    }

    /// Makes the names in a folder durable, unless the folder is closed to this process or takes no sync: then it was
    /// set up by someone else, on whom the names rest.
    private func synchronizeForeignDirectory(_ path: String) throws(FileError) {
        do {
            try synchronizeDirectory(path)
        } catch {
            guard [EACCES, EPERM, EROFS, EINVAL].contains(error.number) else { throw error }
        }
    }
}
