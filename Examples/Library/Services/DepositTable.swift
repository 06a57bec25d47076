import Tidings

/// What the gateway is asked for, one row for each loan; written down before it is asked.
enum DepositTable {
    enum Status: String, SQLValueConvertible {
        /// The gateway is asked, or was, and its answer is not known.
        case asked
        case taken
        case refused
        /// The loan was given up: whatever was taken goes back, and nothing is asked for any more.
        case givenUp = "given up"
        case givenBack = "given back"
    }

    static let migration = Migration(
        "deposits", "CREATE TABLE deposits (loan TEXT PRIMARY KEY, key TEXT, status TEXT NOT NULL)")

    /// Notes that the gateway is asked under a key.
    /// - Returns: whether it may be: not if there is an answer, or the loan was given up.
    static func ask(for loan: String, key: String, in transaction: Transaction) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO deposits (loan, key, status) VALUES (\(loan), \(key), \(Status.asked))
            ON CONFLICT (loan) DO NOTHING
            """)
        let row = try transaction.query("SELECT status FROM deposits WHERE loan = \(loan)").first
        return try row?.value("status") == Status.asked
    }

    /// Notes what the gateway answered.
    /// - Returns: whether that counts: not if the loan was given up meanwhile, for then what was taken goes back.
    static func answer(_ status: Status, for loan: String, in transaction: Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE deposits SET status = \(status) WHERE loan = \(loan) AND status = \(Status.asked)") == 1
    }

    /// Notes that a loan was given up, also if its deposit is requested only later.
    /// - Returns: the key under which something may have been taken that has not gone back.
    static func giveUp(_ loan: String, in transaction: Transaction) throws -> String? {
        try transaction.execute(
            """
            INSERT INTO deposits (loan, status) VALUES (\(loan), \(Status.givenUp))
            ON CONFLICT (loan) DO UPDATE SET status = excluded.status
            WHERE deposits.status IN (\(list: [Status.asked, .taken]))
            """)
        let givenUp: SQLStatement = "SELECT key FROM deposits WHERE loan = \(loan) AND status = \(Status.givenUp)"
        return try transaction.query(givenUp).first.flatMap { try $0.value("key", as: String?.self) }
    }

    /// Notes that what was taken has gone back.
    static func giveBack(_ loan: String, in transaction: Transaction) throws {
        try transaction.execute("UPDATE deposits SET status = \(Status.givenBack) WHERE loan = \(loan)")
    }
}
