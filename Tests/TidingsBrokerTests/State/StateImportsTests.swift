import Foundation
import Testing

@Suite struct StateImportsTests {
    @Test func `the state imports no log, no files, no lock and no tasks`() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/TidingsBroker/State").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil)
        #expect(files.contains { $0.lastPathComponent == "BrokerState.swift" })
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            let imports = text.split(separator: "\n").filter { $0.contains("import ") && !$0.hasPrefix("//") }
                .compactMap { $0.split(separator: " ").last }
            #expect(
                Set(imports).isSubset(of: ["DequeModule", "Tidings", "TidingsRouting"]), "\(file.lastPathComponent)")
            for word in ["Continuation", "Task", "async", "await", "Signal"] {
                let uses = text.split(whereSeparator: { !$0.isLetter }).contains { $0 == word }
                #expect(!uses, "\(file.lastPathComponent) uses \(word)")
            }
        }
    }
}
