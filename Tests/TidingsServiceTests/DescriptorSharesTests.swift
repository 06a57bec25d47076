import Testing
import TidingsService

@Suite struct DescriptorSharesTests {
    @Test func `connections get what the bus and the databases leave`() throws {
        let shares = DescriptorShares(limit: 1024, databases: 3, listeners: 3)
        #expect(shares.kept == 267)
        #expect(try shares.connections(asked: nil) == 252)
        #expect(try shares.connections(asked: 252) == 252)
        #expect(try shares.connections(asked: 10) == 10)
    }

    @Test func `with descriptors enough there is the usual number`() throws {
        let shares = DescriptorShares(limit: 100_000, databases: 3, listeners: 3)
        #expect(try shares.connections(asked: nil) == 1024)
        #expect(try shares.connections(asked: 30_000) == 30_000)
    }

    @Test func `more connections than there are descriptors for are refused, with what would be right`() {
        let error = #expect(throws: SettingsError.self) {
            try DescriptorShares(limit: 1024, databases: 3, listeners: 3).connections(asked: 253)
        }
        #expect(
            error?.description
                == "TIDINGS_HTTP_CONNECTIONS is '253'; it must be at most 252, or the limit of open files (ulimit -n), "
                + "which is 1024, at least 1026")
    }

    @Test func `a limit that leaves next to nothing is refused`() throws {
        let shares = DescriptorShares(limit: 314, databases: 3, listeners: 3)
        let error = #expect(throws: SettingsError.self) { try shares.connections(asked: nil) }
        #expect(
            error?.description
                == "The limit of open files (ulimit -n) is '314'; it must be at least 315 for 3 services and their files"
        )
        #expect(try DescriptorShares(limit: 315, databases: 3, listeners: 3).connections(asked: nil) == 16)
        #expect(try DescriptorShares(limit: 20, databases: 3, listeners: 0).connections(asked: nil) == 0)
    }
}
