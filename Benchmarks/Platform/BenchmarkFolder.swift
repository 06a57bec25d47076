import Foundation

/// A folder of one run, on the disk that is measured, and the folders in it.
struct BenchmarkFolder {
    private let path: String

    init(_ parent: String) throws {
        path = "\(parent)/\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Gives a path that does not exist yet, and removes what was made there.
    func withPath<Value>(_ body: (String) async throws -> Value) async rethrows -> Value {
        let inner = "\(path)/\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: inner) }
        return try await body(inner)
    }

    /// Makes a folder, and removes it afterwards.
    func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        try await withPath { path in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            return try await body(path)
        }
    }

    /// The same for what does not wait.
    func withPath<Value>(_ body: (String) throws -> Value) rethrows -> Value {
        let inner = "\(path)/\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: inner) }
        return try body(inner)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
