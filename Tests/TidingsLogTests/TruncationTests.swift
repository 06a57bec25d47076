import Testing
import TidingsLog
import TidingsTesting

/// Cutting a file, on the machine's file system and on a simulated one.
@Suite struct TruncationTests {
    private func check(_ system: any FileSystem, in folder: String) throws {
        let file = try system.open(folder + "/file", .create)
        let bytes = ContiguousArray<UInt8>(repeating: 7, count: 6000)
        try file.write(bytes.span.bytes, at: 0)
        try file.truncate(to: 5000)
        #expect(try file.size() == 5000)
        try file.truncate(to: 5500)
        #expect(try file.size() == 5000)
        try file.truncate(to: 3)
        // What was behind does not come back when the file grows again.
        try file.write(bytes.span.bytes.extracting(0..<1), at: 5)
        var found = ContiguousArray<UInt8>(repeating: 1, count: 10)
        var span = found.mutableSpan
        var buffer = span.mutableBytes
        let count = try file.read(into: &buffer, at: 0)
        #expect(Array(found.prefix(count)) == [7, 7, 7, 0, 0, 7])
    }

    @Test func `a file that is cut ends there, and is never longer than it was`() throws {
        let folder = try TemporaryFolder()
        try check(POSIXFileSystem(), in: folder.path)
        try check(SimulatedFileSystem(), in: "")
    }

    @Test func `a cut survives a power cut once it is synced, and may survive it before`() throws {
        let system = SimulatedFileSystem()
        let file = try system.open("/file", .create)
        let bytes = ContiguousArray<UInt8>(repeating: 7, count: 6000)
        try file.write(bytes.span.bytes, at: 0)
        try file.synchronize()
        try system.synchronizeDirectory("/")
        try file.truncate(to: 3)
        #expect(try system.afterPowerCut(.nothing).contents(of: "/file").count == 6000)
        #expect(try system.afterPowerCut(.everything).contents(of: "/file") == [7, 7, 7])
        try file.synchronize()
        #expect(try system.afterPowerCut(.nothing).contents(of: "/file") == [7, 7, 7])
    }
}
