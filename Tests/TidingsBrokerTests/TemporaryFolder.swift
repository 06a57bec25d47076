import Foundation

/// A folder that goes when the test ends.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("tidings-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    private init(path: String) {
        self.path = path
    }

    deinit { remove() }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The folder as it is now, as a machine that stops would leave it.
    func copy() throws -> TemporaryFolder {
        let copy = TemporaryFolder(path: "\(path)-\(UUID().uuidString)")
        try FileManager.default.copyItem(atPath: path, toPath: copy.path)
        return copy
    }

    /// Puts what is in here in the place of what is in another folder.
    func replace(_ other: TemporaryFolder) throws {
        other.remove()
        try FileManager.default.moveItem(atPath: path, toPath: other.path)
    }
}
