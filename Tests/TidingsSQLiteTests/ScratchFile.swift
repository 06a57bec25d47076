import Foundation
import Tidings
import TidingsSQLite

/// A database file in a folder of its own.
struct ScratchFile: Sendable {
    let path: String

    static func with(_ body: (ScratchFile) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidings-sqlite-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(ScratchFile(path: folder.appending(path: "test.sqlite").path))
    }

    /// Opens the file with a table `items`.
    func open(busyTimeout: Duration = .milliseconds(50)) async throws -> SQLiteEngine {
        let engine = try await SQLiteEngine.open(path, busyTimeout: busyTimeout)
        try await engine.write { connection in
            _ = try connection.execute(
                "CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, name TEXT UNIQUE, value)")
        }
        return engine
    }

    /// How many commits the write-ahead log holds: frames that name the size of the database (SQLite file format, 4.1).
    func commits() throws -> Int {
        let log = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "-wal")))
        func number(_ at: Int) -> UInt32 { log[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        guard log.count >= 32 else { return 0 }
        let frames = stride(from: 32, to: log.count - 23, by: 24 + Int(number(8)))
        return frames.count { log[$0 + 8..<$0 + 16] == log[16..<24] && number($0 + 4) != 0 }
    }
}

extension SQLiteEngine {
    func insert(_ name: String) async throws {
        try await write { _ = try $0.execute("INSERT INTO items (name) VALUES (\(name))") }
    }

    func names() async throws -> [String] {
        try await read { try $0.query("SELECT name FROM items ORDER BY id").map { try $0.value("name") } }
    }
}
