import Dispatch
import Foundation
import OrderServices
import Synchronization

/// `scripts/payment-gateway`, run as a process of its own.
final class GatewayProcess: Sendable {
    private let process: Mutex<Process>
    /// Where it listens.
    let url: String

    /// Starts it on a free port; it ends with the body.
    static func with<Result>(
        _ options: [String] = [], ledger: String, _ body: (HTTPGateway, GatewayProcess) async throws -> Result
    ) async throws -> Result {
        let process = try await start(options, ledger: ledger)
        defer { process.kill() }
        return try await body(HTTPGateway(url: process.url, timeout: .seconds(5)), process)
    }

    private init(_ process: sending Process, url: String) {
        self.process = Mutex(process)
        self.url = url
    }

    private static func start(_ options: [String], ledger: String) async throws -> GatewayProcess {
        try await withCheckedThrowingContinuation { continuation in
            // It blocks until the process has said where it listens.
            DispatchQueue.global().async {
                continuation.resume(with: Result { try startNow(options, ledger: ledger) })
            }
        }
    }

    private static func startNow(_ options: [String], ledger: String) throws -> GatewayProcess {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../../scripts/payment-gateway")
        let process = Process()
        let output = Pipe()
        process.executableURL = script.standardized
        process.arguments = ["--ledger", ledger, "--port", "0"] + options
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            guard let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty else {
                throw Unmet("the payment gateway has ended")
            }
            line += byte
        }
        guard let url = String(decoding: line.dropLast(), as: UTF8.self).split(separator: " ").last else {
            throw Unmet("the payment gateway did not say where it listens")
        }
        return GatewayProcess(process, url: String(url))
    }

    /// Kills it, and waits until it is gone.
    func kill() {
        process.withLock { process in
            guard process.isRunning else { return }
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }
}
