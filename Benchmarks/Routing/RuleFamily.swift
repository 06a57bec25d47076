/// Rules of one form, as many as one likes.
struct RuleFamily: Sendable {
    let name: String
    let counts: [Int]
    /// Thousands of events a second that are aimed at, by the number of rules.
    let goals: [Int: Int]
    let pattern: @Sendable (Int) -> String
    /// How many matches there must be in all, where that is known from elsewhere.
    let total: @Sendable (Int, ParcelGenerator.Parcels) -> Int?

    static let all = [exact, fields, wildcards, others]

    static let exact = RuleFamily(
        name: "exact", counts: [1, 100, 10_000, 100_000], goals: [100_000: 1_000],
        pattern: { "{\"properties\":{\"MAPBLKLOT\":[\"\(padded($0 * 97 % 10_000_000, 7))\"]}}" }, total: { _, _ in nil }
    )

    static let fields = RuleFamily(
        name: "own field", counts: [100, 1_000, 10_000], goals: [10_000: 1_300],
        pattern: { "{\"properties\":{\"FIELD_\($0)\":[\"VALUE_\($0)\"]}}" }, total: { _, _ in 0 })

    static let wildcards = RuleFamily(
        name: "wildcard *XY*", counts: [1, 10, 100, 300], goals: [300: 300],
        pattern: { number in
            let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            let pair = number * 37 % 676
            return "{\"properties\":{\"STREET\":[{\"wildcard\":\"*\(letters[pair / 26])\(letters[pair % 26])*\"}]}}"
        }, total: { _, _ in nil })

    static let others = RuleFamily(
        name: "anything-but", counts: [1, 100, 1_000], goals: [1_000: 300],
        pattern: { "{\"properties\":{\"STREET\":[{\"anything-but\":[\"STREET \($0)\"]}]}}" },
        total: { count, parcels in count * (parcels.bounds.count - 1) })
}
