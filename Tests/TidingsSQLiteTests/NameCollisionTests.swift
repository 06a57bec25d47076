import GRDB
import Testing
import Tidings
import TidingsSQLite

/// Uses the names of both libraries without saying of which they are; that it compiles is what it shows.
@Suite struct NameCollisionTests {
    @Test func `a file can import GRDB beside Tidings and name the types of both`() throws {
        let queue = try DatabaseQueue()
        let row = try queue.read { (database: Database) -> Row? in
            let literal: SQL = "SELECT \(7) AS number"
            let (sql, arguments) = try literal.build(database)
            return try Row.fetchOne(database, sql: sql, arguments: arguments)
        }
        #expect(row?["number"] == 7)

        let statement: SQLStatement = "SELECT \(7) AS number"
        #expect(statement.rendered { "$\($0)" }.text == "SELECT $1 AS number")
        let types: [Any.Type] = [
            ServiceDatabase.self, SQLRow.self, SQLValue.self, Transaction.self, Migration.self, Subscription.self,
            Statement.self, DatabaseValue.self,
        ]
        #expect(types.count == 8)
    }
}
