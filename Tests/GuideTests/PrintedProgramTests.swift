import Foundation
import Testing

/// The programs that the documentation prints are built from `Examples`; here the two are held against each other.
@Suite struct PrintedProgramTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What the package of a folder is, as the package manager reads it.
    private func package(in folder: String) throws -> [String: Any] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        // In a place of its own: the usual one is locked while tests run.
        let scratch = FileManager.default.temporaryDirectory.appending(path: "tidings-manifest-\(UUID())").path
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        // The package manager leaves locks in the temporary folder.
        process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": scratch]) { $1 }
        process.arguments = [
            "swift", "package", "--package-path", folder, "--scratch-path", scratch, "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// What the dependencies of a package's targets name: products with their packages.
    private func products(of package: [String: Any]) -> Set<[String]> {
        let targets = package["targets"] as? [[String: Any]] ?? []
        let dependencies = targets.flatMap { $0["dependencies"] as? [[String: Any]] ?? [] }
        return Set(dependencies.compactMap { ($0["product"] as? [Any])?.prefix(2).compactMap { $0 as? String } })
    }

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

    @Test func `the code of other pages is what is built here`() throws {
        func built(_ file: String) throws -> String {
            try String(contentsOf: root.appending(path: "Tests/GuideTests/Pages/\(file)"), encoding: .utf8)
        }
        let handlers = try blocks(of: "Sources/Tidings/Documentation.docc/Handlers.md").joined(separator: "\n")
        #expect(try handlers == built("Handlers.swift"))
        let testing = try blocks(of: "Sources/TidingsTesting/Documentation.docc/TidingsTesting.md")
        #expect(try testing[1] == built("LoanTests.swift"))
        for page in [
            "Queues", "Rules", "EventLogs", "DeadLetters", "Archives", "Replays", "DeclaringInCode", "Alarms",
        ] {
            let printed = try blocks(of: "Sources/TidingsBroker/Documentation.docc/\(page).md")
            #expect(try printed == [built("\(page).swift")])
        }
    }

    @Test func `the program of the guide is the one that is built`() throws {
        let blocks = try blocks(of: "Sources/Tidings/Documentation.docc/GettingStarted.md")
        try #require(blocks.count >= 5)
        #expect(blocks[1] == (try program("Bookings/Events.swift")))
        #expect(blocks[2] == (try program("Bookings/Booking.swift")))
        #expect(blocks[3] + "\n" + blocks[4] == (try program("Bookings/main.swift")))
    }

    @Test(arguments: [
        ("Sources/Tidings/Documentation.docc/GettingStarted.md", 0, 6),
        ("Sources/TidingsService/Documentation.docc/TidingsService.md", 1, 4),
    ])
    func `a manifest that is printed is one, and names what there is`(
        _ page: String, _ block: Int, _ productCount: Int
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidings-guide-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try blocks(of: page)[block].write(toFile: "\(folder)/Package.swift", atomically: true, encoding: .utf8)

        let printed = products(of: try package(in: folder))
        let own = try package(in: root.path)
        let known = Set((own["products"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String })
        let others = products(of: own)
        #expect(printed.count == productCount)
        for product in printed {
            if product.last == "tidings" {
                #expect(known.contains(product[0]))
            } else {
                #expect(others.contains(product))
            }
        }
    }
}
