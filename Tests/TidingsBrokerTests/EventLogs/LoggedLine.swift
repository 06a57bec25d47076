import Foundation
import Tidings
import TidingsBroker
import TidingsTesting

/// A line of an event log, read as others would.
struct LoggedLine {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let sequence: UInt64
    let published: String?
    let rules: [String]
    /// Nil if it says that the event cannot be read.
    let event: Envelope?
    let unreadable: String?

    init(_ bytes: some Collection<UInt8>) throws {
        let parsed = try? JSONSerialization.jsonObject(with: Data(bytes))
        guard let object = parsed as? [String: Any], let sequence = object["sequence"] as? UInt64,
            let rules = object["rules"] as? [String]
        else { throw Failure(description: "not a line of an event log: \(String(decoding: bytes, as: UTF8.self))") }
        self.sequence = sequence
        self.rules = rules
        published = object["published"] as? String
        unreadable = object["unreadable"] as? String
        event = try (object["event"] as? [String: Any]).map {
            try Envelope(json: EventBytes(Array(JSONSerialization.data(withJSONObject: $0))))
        }
    }

    /// The lines of a file, each of which ends.
    static func lines(of contents: [UInt8]) throws -> [LoggedLine] {
        var lines = contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.popLast()?.isEmpty != false else { throw Failure(description: "the last line does not end") }
        return try lines.map { try LoggedLine($0) }
    }
}

extension SimulatedFileSystem {
    /// The lines of an event log of a bus, in the order of its files.
    func lines(of log: String, in folder: String) throws -> [LoggedLine] {
        let directory = folder + "/logs/" + log
        guard let files = try? files(in: directory) else { return [] }
        return try files.flatMap { try LoggedLine.lines(of: contents(of: directory + "/" + $0)) }
    }
}

extension EmbeddedEventBus {
    /// Waits until nothing waits to be written to an event log, while time passes.
    func waitForEventLog(_ name: String, _ clock: ManualClock) async throws {
        try await clock.pass { try await !eventLogs().contains { $0.name == name && $0.pending > 0 } }
    }

    /// Waits until the first event log cannot be written, while time passes.
    func waitForFailure(_ clock: ManualClock) async throws -> String {
        var failure: String?
        try await clock.pass {
            failure = try await eventLogs().first?.failure
            return failure != nil
        }
        return failure ?? ""
    }
}

extension ManualClock {
    /// Lets time pass until something is so.
    func pass(until isSo: () async throws -> Bool) async throws {
        while try await !isSo() {
            try Task.checkCancellation()
            advance(by: .milliseconds(100))
            await Task.yield()
        }
    }
}
