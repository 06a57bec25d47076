import Testing
import Tidings

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
            ("2026-01-31T08:00:00.25Z", 1_769_846_400_250_000, "2026-01-31T08:00:00.250Z"),
            ("2026-01-31T08:00:00.000001Z", 1_769_846_400_000_001, "2026-01-31T08:00:00.000001Z"),
            ("2026-01-31T08:00:00.1234567891Z", 1_769_846_400_123_456, "2026-01-31T08:00:00.123456Z"),
            ("2026-01-31T09:30:00+01:30", 1_769_846_400_000_000, "2026-01-31T08:00:00.000Z"),
            ("2026-01-31T00:00:00-08:00", 1_769_846_400_000_000, "2026-01-31T08:00:00.000Z"),
            ("2026-01-31t08:00:00z", 1_769_846_400_000_000, "2026-01-31T08:00:00.000Z"),
            ("2026-01-31 08:00:00Z", 1_769_846_400_000_000, "2026-01-31T08:00:00.000Z"),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999_000, "2024-02-29T23:59:59.999Z"),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            ("1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z"),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000_000, "2017-01-01T00:00:00.000Z"),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(String, Int64, String)])
    func `a moment is read and written`(_ text: String, microseconds: Int64, written: String) throws {
        let moment = try #require(Timestamp(text))
        #expect(moment.microseconds == microseconds)
        #expect(moment.description == written)
        #expect(Timestamp(moment.description) == moment)
    }

    @Test(arguments: [
        "", "2026", "2026-01-31", "2026-01-31T08:00Z", "2026-01-31T08:00:00", "2026-01-31T08:00:00.Z",
        "2026-01-31T08:00:00+0100", "2026-01-31T08:00:00+24:00", "2026-01-31T08:00:00Z ", " 2026-01-31T08:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z",
        "2026-01-31T08:00:61Z", "0000-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "2026-1-31T08:00:00Z",
        "２０２６-01-31T08:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:60Z", "9999-12-31T23:59:59-00:01",
    ])
    func `what is no moment is not read`(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `the days of five centuries are written and read`() {
        for day in stride(from: Int64(-3_000_000_000), through: 12_700_000_000, by: 5 * 86_400) {
            let moment = Timestamp(seconds: day)
            guard Timestamp(moment.description) == moment else {
                Issue.record("\(moment) is not read as it was written")
                return
            }
        }
    }

    @Test func `sums stay inside what can be held`() {
        let moment = Timestamp(seconds: 100)
        #expect(moment + .milliseconds(1500) == Timestamp(microseconds: 101_500_000))
        #expect(moment + .seconds(-100) == Timestamp(microseconds: 0))
        #expect(moment + .seconds(Int64.max) == Timestamp(microseconds: .max))
        #expect(Timestamp(microseconds: -5) + .seconds(Int64.min) == Timestamp(microseconds: .min))
        #expect(moment + .nanoseconds(999) == moment)
    }

    @Test func `differences are exact, however far apart`() {
        #expect(Timestamp(seconds: 3) - Timestamp(seconds: 5) == .seconds(-2))
        let longest = Timestamp(microseconds: .max) - Timestamp(microseconds: .min)
        #expect(longest == .microseconds(Int64.max) - .microseconds(Int64.min))
    }
}
