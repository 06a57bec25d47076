import LibraryServices
import ServiceLifecycle
import Tidings
import TidingsService

@main
struct Library: ServiceProgram {
    static let scope: Scope = "library"

    static func services(on platform: Platform) async throws -> [any Service] {
        [try await Loans.make(on: platform), try await Shelf.make(on: platform), try await Deposits.make(on: platform)]
    }
}
