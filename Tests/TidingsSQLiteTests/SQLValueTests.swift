import Testing
import Tidings
import TidingsSQLite

@Suite(.timeLimit(.minutes(1)))
struct SQLValueTests {
    @Test(arguments: [
        SQLValue.null, .integer(0), .integer(.min), .integer(.max), .real(0.1), .real(-1e300), .text(""),
        .text("naïve 😀"), .text("'; DROP TABLE items; --"), .blob([]), .blob([0, 255, 39]),
    ])
    func `a value comes back as it went`(_ value: SQLValue) async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            try await engine.write { _ = try $0.execute("INSERT INTO items (name, value) VALUES ('a', \(value))") }
            let read = try await engine.read { connection in
                try connection.query("SELECT value FROM items WHERE name = 'a'")[0].value("value", as: SQLValue.self)
            }
            #expect(read == value)
        }
    }

    @Test func `text that would be a statement is a value`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let name = "a'); DELETE FROM items; --"
            try await engine.insert(name)
            try await engine.insert("b")
            #expect(try await engine.names() == [name, "b"])
            let found = try await engine.read {
                try $0.query("SELECT id FROM items WHERE name = \("' OR '1' = '1")").count
            }
            #expect(found == 0)
        }
    }

    @Test func `optionals, lists and parts of statements are bound in order`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let absent: String? = nil
            let present: Int? = 7
            let condition: SQLStatement = "name IN (\(list: ["a", "c"])) OR value = \(present)"
            let names = try await engine.write { connection in
                let counts = try connection.execute(
                    "INSERT INTO items (name, value) VALUES (?, ?)",
                    forEach: [
                        [.text("a"), .null], [.text("b"), .integer(7)], [.text("c"), .null], [.text("d"), .null],
                    ])
                #expect(counts == [1, 1, 1, 1])
                _ = try connection.execute("INSERT INTO items (name, value) VALUES (\(absent), \(true))")
                return try connection.query("SELECT name FROM items WHERE \(condition) ORDER BY id LIMIT \(3)")
                    .map { try $0.value("name", as: String.self) }
            }
            #expect(names == ["a", "b", "c"])
            let row = try await engine.read { try $0.query("SELECT name, value FROM items WHERE name IS NULL")[0] }
            #expect(try row.value("name", as: String?.self) == nil)
            #expect(try row.value("value", as: Bool.self))
        }
    }

    @Test func `a column that is absent or of another kind is a statement error`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            try await engine.insert("a")
            let row = try await engine.read { try $0.query("SELECT name FROM items")[0] }
            #expect(throws: TidingsError.self) { try row.value("nothing", as: String.self) }
            let error = #expect(throws: TidingsError.self) { try row.value("name", as: Int.self) }
            #expect(error?.code == .statement)
        }
    }

    @Test func `a statement that says what is already there changes no row`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let counts = try await engine.write { connection in
                try connection.execute(
                    "INSERT INTO items (name) VALUES (?) ON CONFLICT DO NOTHING", forEach: [[.text("a")], [.text("a")]])
            }
            #expect(counts == [1, 0])
        }
    }
}
