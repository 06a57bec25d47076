/// A path, taken apart: the folder's path from the root on, and the name in it.
struct EntryPath: Hashable, Sendable {
    let folder: String
    let name: String

    init(folder: String, name: String) {
        self.folder = folder
        self.name = name
    }

    /// Relative paths begin at the root; `.` and doubled slashes mean nothing.
    init(_ path: String) {
        let components = path.split(separator: "/").filter { $0 != "." }
        folder = "/" + components.dropLast().joined(separator: "/")
        name = components.last.map(String.init) ?? ""
    }

    var isRoot: Bool { name.isEmpty }

    var full: String { folder == "/" ? "/" + name : folder + "/" + name }
}
