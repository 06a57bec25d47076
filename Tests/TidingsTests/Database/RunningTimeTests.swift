import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct RunningTimeTests {
    /// A short time beside a long one.
    private let policy = RetentionPolicy(
        inbox: .seconds(64), earlySagas: .seconds(64), finishedSagas: .seconds(90 * 86_400),
        deadLetters: .seconds(90 * 86_400))

    /// Notes the time at some ages in seconds. The last place of the inbox, and the wall clock, are what the age is.
    private func note(_ ages: some Sequence<Int>, in transaction: Transaction) throws {
        var last = try RunningTime.last(in: transaction)
        for age in ages {
            // The moments since the last note.
            try RunningTime(for: policy).note(
                .seconds(age), earliest: Timestamp(microseconds: 0) + last, inbox: Int64(age), in: transaction)
            last = .seconds(age)
        }
    }

    private func count(in transaction: Transaction) throws -> Int {
        try transaction.query("SELECT count(*) AS n FROM tidings_running_time")[0].value("n")
    }

    @Test func `what is some time ago is known to a 64th of that time, however long another time is`() async throws {
        try await Bench.with { bench in
            try await bench.database.transaction { [policy] transaction in
                // Every five seconds for two hours, then four times a day for a hundred days.
                try note(stride(from: 0, through: 7200, by: 5), in: transaction)
                for age in [7200, 100 * 86_400] {
                    if age > 7200 {
                        try note(stride(from: 21_600, through: age, by: 21_600), in: transaction)
                        try note(stride(from: age, to: age + 4000, by: 5), in: transaction)
                    }
                    let now = try RunningTime.last(in: transaction)
                    for time in [64, 100, 640, 3000] + (age > 7200 ? [864_000, 90 * 86_400] : []) {
                        let wanted = Int64(now.components.seconds) - Int64(time)
                        // Beside what the slots leave open, what passes from note to note.
                        let least = wanted - Int64(time) / 64 - 2 * (time > 4000 ? 21_600 : 5) - 1
                        let place = try #require(
                            try RunningTime.place(.seconds(time), before: now, in: transaction))
                        #expect((least...wanted).contains(place), "\(time) s ago")
                        let moment = try #require(
                            try RunningTime.moment(.seconds(time), before: now, in: transaction))
                        #expect((least...wanted).contains(moment.microseconds / 1_000_000), "\(time) s ago")
                    }
                    #expect(try RunningTime.place(policy.deadLetters * 2, before: now, in: transaction) == nil)
                    #expect(try count(in: transaction) < 1500)
                }
            }
        }
    }

    @Test func `the earliest moment of slots is kept when they are joined`() async throws {
        try await Bench.with { bench in
            try await bench.database.transaction { [policy] transaction in
                try note(stride(from: 0, to: 1000, by: 5), in: transaction)
                // The clock was set back for a moment.
                try RunningTime(for: policy).note(
                    .seconds(1000), earliest: Timestamp(seconds: 1), inbox: 1000, in: transaction)
                try note(stride(from: 1005, to: 9000, by: 5), in: transaction)
                let now = try RunningTime.last(in: transaction)
                let moment = try RunningTime.moment(now - .seconds(1000), before: now, in: transaction)
                #expect(moment == Timestamp(seconds: 1))
            }
        }
    }
}
