import Testing
import Tidings
import TidingsSQLite

@Suite(.timeLimit(.minutes(1)))
struct MigrationTests {
    private let first = Migration("first", "CREATE TABLE things (name TEXT)", "INSERT INTO things VALUES ('one')")
    private let second = Migration("second", "INSERT INTO things SELECT name || '!' FROM things")

    private func open(_ file: ScratchFile, _ migrations: [Migration]) async throws -> ServiceDatabase {
        try await ServiceDatabase(try await file.open(), service: "test", source: "/test", migrations: migrations)
    }

    private func things(_ database: ServiceDatabase) async throws -> [String] {
        try await database.read { try $0.query("SELECT name FROM things ORDER BY rowid").map { try $0.value("name") } }
    }

    @Test func `migrations run once and in order`() async throws {
        try await ScratchFile.with { file in
            _ = try await open(file, [first])
            _ = try await open(file, [first, second])
            #expect(try await things(open(file, [first, second])) == ["one", "one!"])
        }
    }

    @Test func `a migration that fails leaves nothing and runs when it was put right`() async throws {
        try await ScratchFile.with { file in
            let broken = Migration("second", "INSERT INTO things VALUES ('half')", "INSERT INTO nothing VALUES (1)")
            let error = await #expect(throws: TidingsError.self) { try await open(file, [first, broken]) }
            #expect(error?.code == .statement)
            let before = try await things(open(file, [first]))
            #expect(before == ["one"])
            let after = try await things(open(file, [first, second]))
            #expect(after == ["one", "one!"])
        }
    }

    @Test func `a migration that has run is refused in another form, and taken in another layout`() async throws {
        try await ScratchFile.with { file in
            _ = try await open(file, [first])
            let wider = Migration("first", "CREATE TABLE things (name TEXT, size INTEGER)")
            let error = await #expect(throws: TidingsError.self) { try await open(file, [wider]) }
            #expect(error?.code == .misconfigured)
            #expect(error?.message.contains("the migration first has run on this database with other") == true)
            let spaced = Migration(
                "first",
                """
                CREATE TABLE things
                    (name TEXT)
                """, "INSERT INTO things VALUES ('one')")
            let things = try await things(open(file, [spaced]))
            #expect(things == ["one"])
        }
    }
}
