import Foundation
import Testing

/// The programs that the documentation prints are built from `Examples`; here the two are held against each other.
@Suite struct PrintedProgramTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Swift blocks of a page, in order.
    private func blocks(of page: String) throws -> [String] {
        let text = try String(contentsOf: root.appending(path: page), encoding: .utf8)
        return text.components(separatedBy: "```swift\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    }

    private func program(_ file: String) throws -> String {
        try String(contentsOf: root.appending(path: "Examples/\(file)"), encoding: .utf8)
    }

    @Test func `the service of the README is the one that is built`() throws {
        #expect(try blocks(of: "README.md").first == program("Service/main.swift"))
    }

    @Test func `the service program of the documentation is the one that is built`() throws {
        let page = "Sources/TidingsService/Documentation.docc/TidingsService.md"
        #expect(try blocks(of: page).first == program("Shop/Shop.swift"))
    }

    @Test func `the program of the guide is the one that is built`() throws {
        let blocks = try blocks(of: "Sources/Tidings/Documentation.docc/GettingStarted.md")
        try #require(blocks.count >= 5)
        #expect(blocks[1] == (try program("Bookings/Events.swift")))
        #expect(blocks[2] == (try program("Bookings/Booking.swift")))
        #expect(blocks[3] + "\n" + blocks[4] == (try program("Bookings/main.swift")))
    }
}
