import Foundation

/// A folder that goes away with the last reference to it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("tidings-log-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// What a killed process would have left: the files as they are now, but for those that are being made.
    func copy() throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        for name in try names() where !name.hasSuffix(".tmp") { try copy.write(read(name), to: name) }
        return copy
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

    func segments() throws -> [String] { try names().filter { $0.hasSuffix(".log") } }

    func read(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: url(name))) }

    func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: url(name)) }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: url(name)) }

    func change(_ name: String, _ body: (inout [UInt8]) -> Void) throws {
        var bytes = try read(name)
        body(&bytes)
        try write(bytes, to: name)
    }

    private func url(_ name: String) -> URL { URL(fileURLWithPath: path).appendingPathComponent(name) }
}
