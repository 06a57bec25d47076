import Hummingbird
import Tidings
import TidingsService

/// Keeps the copies of books, and sets them aside.
public enum Shelf {
    static let migrations = [
        Migration(
            "books",
            "CREATE TABLE books (book TEXT PRIMARY KEY, copies INTEGER NOT NULL, deposit INTEGER NOT NULL)",
            "INSERT INTO books VALUES ('dune', 2, 20), ('atlas', 1, 21), ('folio', 1, 500)",
            "CREATE TABLE set_aside (loan TEXT PRIMARY KEY, book TEXT NOT NULL)")
    ]

    static func subscriber(on host: some EventHost, _ database: ServiceDatabase) -> Subscriber {
        Subscriber("shelf", on: host, database) {
            On(BookRequested.self) { wanted, transaction in
                let take: SQLStatement =
                    "UPDATE books SET copies = copies - 1 WHERE book = \(wanted.book) AND copies > 0 RETURNING deposit"
                guard let book = try transaction.query(take).first else {
                    try transaction.publish(BookNotFree(loan: wanted.loan))
                    return
                }
                try transaction.execute("INSERT INTO set_aside VALUES (\(wanted.loan), \(wanted.book))")
                try transaction.publish(BookSetAside(loan: wanted.loan, deposit: book.value("deposit")))
            }
            On(LoanGivenUp.self) { given, transaction in
                let removed = try transaction.query("DELETE FROM set_aside WHERE loan = \(given.loan) RETURNING book")
                for row in removed {
                    let book: String = try row.value("book")
                    try transaction.execute("UPDATE books SET copies = copies + 1 WHERE book = \(book)")
                }
                try transaction.publish(BookPutBack(loan: given.loan))
            }
        }
    }

    static func copies(of book: String, in database: ServiceDatabase) async throws -> Int? {
        try await database.read { connection in
            try connection.query("SELECT copies FROM books WHERE book = \(book)").first?.value("copies")
        }
    }

    /// Makes the service.
    public static func make(on platform: Platform) async throws -> HostedService {
        let database = try await platform.database(for: "shelf", migrations: migrations)
        return try HostedService(
            "shelf", on: platform, port: 3022, database: database,
            subscribers: [subscriber(on: platform, database)]
        ) { router in
            router.get("books/:book") { _, context in
                let book = try context.parameters.text("book")
                guard let copies = try await copies(of: book, in: database) else {
                    throw Problem.notFound("there is no book \(book)")
                }
                return Response.json(["copies": copies])
            }
        }
    }
}
