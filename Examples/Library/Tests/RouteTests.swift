import Foundation
import Hummingbird
import HummingbirdTesting
import LibraryServices
import Testing
import TidingsPrometheus
import TidingsService

private struct Loan: Decodable {
    struct Entry: Decodable { let what: String }
    let stage: String?
    let history: [Entry]
}

@Test(.timeLimit(.minutes(2))) func `a loan is requested and seen over HTTP`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let settings = Settings([
        "EVENT_BUS_TYPE": "memory", "TIDINGS_DATA": folder.path(), "SHELF_PORT": "0", "DEPOSITS_PORT": "0",
    ])
    let platform = try await Platform.open(settings, scope: "library", metrics: PrometheusRegistry())
    let loans = try await Loans.make(on: platform)
    let others = [try await Shelf.make(on: platform), try await Deposits.make(on: platform)]
    try await platform.application(of: loans, beside: others).test(.router) { client in
        let body = ByteBuffer(string: #"{"loan":"l-1","book":"dune","member":"ada","days":14}"#)
        let headers: HTTPFields = [.contentType: "application/json"]
        try await client.execute(uri: "/loans", method: .post, headers: headers, body: body) {
            #expect($0.status == .accepted)
        }
        try await client.execute(uri: "/loans", method: .post, headers: headers, body: body) {
            #expect($0.status == .conflict)
        }
        let loan = try await client.loan("l-1") { $0.stage == "lent" }
        #expect(loan.history.map(\.what).contains("deposit.taken.v1"))
        try await client.execute(uri: "/loans/l-2", method: .get) { #expect($0.status == .notFound) }
    }
}

/// What was answered last, and is not what was waited for.
private struct NotYet: Error {
    let answer: String
}

extension TestClientProtocol {
    /// Asks for a loan until it is as expected, ten seconds at most.
    fileprivate func loan(_ id: String, until isDone: (Loan) -> Bool) async throws -> Loan {
        var answer = ""
        for _ in 0..<200 {
            let response = try await executeRequest(uri: "/loans/\(id)", method: .get, headers: [:], body: nil)
            answer = String(buffer: response.body)
            if response.status == .ok {
                let loan = try JSONDecoder().decode(Loan.self, from: Data(buffer: response.body))
                if isDone(loan) { return loan }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw NotYet(answer: answer)
    }
}
