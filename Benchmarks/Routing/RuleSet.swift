import TidingsRouting

/// Rules of the published benchmark of Event Ruler, with how many parcels each matches.
struct RuleSet: Sendable {
    let name: String
    /// Thousands of events a second that are aimed at; 0 for none.
    let goal: Int
    let rules: [(pattern: String, matches: Int)]

    func patterns() throws -> [EventPattern] { try rules.map { try EventPattern(json: $0.pattern) } }

    private static func property(_ name: String, _ leaf: String) -> String {
        "{\"properties\":{\"\(name)\":[\(leaf)]}}"
    }

    static let exact = RuleSet(
        name: "EXACT", goal: 1_900,
        rules: zip(["1430022", "2607117", "2607218", "3745012", "VACSTWIL"], [1, 101, 35, 655, 1])
            .map { (property("MAPBLKLOT", "\"\($0)\""), $1) })
    static let wildcard = RuleSet(
        name: "WILDCARD", goal: 1_500,
        rules: zip(["143*", "2*0*1*7", "*218", "3*5*2", "VA*IL"], [490, 713, 43, 2_540, 1])
            .map { (property("MAPBLKLOT", "{\"wildcard\":\"\($0)\"}"), $1) })
    static let prefix = RuleSet(
        name: "PREFIX", goal: 1_500,
        rules: zip(["AC", "BL", "DR", "FU", "RH"], [24, 442, 38, 2_387, 328])
            .map { (property("STREET", "{\"prefix\":\"\($0)\"}"), $1) })
    static let prefixIgnoringCase = RuleSet(
        name: "PREFIX_EQUALS_IGNORE_CASE", goal: 0,
        rules: zip(["Ac", "bL", "dR", "Fu", "rH"], [24, 442, 38, 2_387, 328])
            .map { (property("STREET", "{\"prefix\":{\"equals-ignore-case\":\"\($0)\"}}"), $1) })
    static let suffix = RuleSet(
        name: "SUFFIX", goal: 1_200,
        rules: zip(["ON", "KE", "MM", "ING", "GO"], [17_921, 871, 13, 1_963, 682])
            .map { (property("STREET", "{\"suffix\":\"\($0)\"}"), $1) })
    static let suffixIgnoringCase = RuleSet(
        name: "SUFFIX_EQUALS_IGNORE_CASE", goal: 0,
        rules: zip(["oN", "Ke", "mM", "InG", "gO"], [17_921, 871, 13, 1_963, 682])
            .map { (property("STREET", "{\"suffix\":{\"equals-ignore-case\":\"\($0)\"}}"), $1) })
    static let equalsIgnoreCase = RuleSet(
        name: "EQUALS_IGNORE_CASE", goal: 1_200,
        rules: zip(["jefferson", "bEaCh", "HyDe", "CHESTNUT"], [131, 211, 1_758, 825])
            .map { (property("STREET", "{\"equals-ignore-case\":\"\($0)\"}"), $1) }
            + [(property("ST_TYPE", "{\"equals-ignore-case\":\"st\"}"), 116_386)])
    static let numeric = RuleSet(
        name: "NUMERIC", goal: 700,
        rules: coordinates("firstCoordinates", [2, 120, 148_948, 64_120, 127_053], "z", "0"))
    static let complexArrays = RuleSet(
        name: "COMPLEX_ARRAYS", goal: 200,
        rules: coordinates("coordinates", [218, 1, 149_446, 64_368, 127_485], "y", "37.729900216217324"))

    private static func coordinates(
        _ field: String, _ counts: [Int], _ other: String, _ value: String
    ) -> [(pattern: String, matches: Int)] {
        let leaves = [
            "\"type\":[\"Polygon\"],\"\(field)\":{\"x\":[{\"numeric\":[\"=\",-122.42916360922355]}]}",
            "\"type\":[\"MultiPolygon\"],\"\(field)\":{\"\(other)\":[{\"numeric\":[\"=\",\(value)]}]}",
            "\"\(field)\":{\"x\":[{\"numeric\":[\"<\",-122.41600944012424]}]}",
            "\"\(field)\":{\"x\":[{\"numeric\":[\">\",-122.41600944012424]}]}",
            "\"\(field)\":{\"x\":[{\"numeric\":[\">\",-122.46471267081272,\"<\",-122.4063085128395]}]}",
        ]
        return zip(leaves, counts).map { ("{\"geometry\":{\($0)}}", $1) }
    }

    static let anythingBut = others(
        "ANYTHING_BUT", 1_000, ["[\"FULTON\"]", "[\"MASON\"]", "[\"ST\"]", "[\"Polygon\"]", "[\"441\"]"],
        [211_158, 210_411, 96_682, 120, 210_615])
    static let anythingButIgnoringCase = others(
        "ANYTHING_BUT_IGNORE_CASE", 0,
        ["Fulton", "Mason", "st", "polygon", "441"].map { "{\"equals-ignore-case\":[\"\($0)\"]}" },
        [211_158, 210_411, 96_682, 120, 210_615])
    static let anythingButPrefix = others(
        "ANYTHING_BUT_PREFIX", 0, ["FULTO", "MASO", "S", "Poly", "44"].map { "{\"prefix\":\"\($0)\"}" },
        [211_158, 210_118, 96_667, 120, 209_091])
    static let anythingButSuffix = others(
        "ANYTHING_BUT_SUFFIX", 0, ["ULTON", "ASON", "T", "olygon", "41"].map { "{\"suffix\":\"\($0)\"}" },
        [211_136, 210_411, 94_908, 0, 209_055])
    static let anythingButWildcard = RuleSet(
        name: "ANYTHING_BUT_WILDCARD", goal: 0,
        rules: zip(["143*", "2*0*1*7", "*218", "3*5*2", "VA*IL"], [212_578, 212_355, 213_025, 210_528, 213_067])
            .map { (property("MAPBLKLOT", "{\"anything-but\":{\"wildcard\":\"\($0)\"}}"), $1) })

    private static func others(_ name: String, _ goal: Int, _ values: [String], _ counts: [Int]) -> RuleSet {
        let fields = [
            "properties\":{\"STREET", "properties\":{\"STREET", "properties\":{\"ST_TYPE", "geometry\":{\"type",
            "properties\":{\"FROM_ST",
        ]
        return RuleSet(
            name: name, goal: goal,
            rules: fields.indices.map { ("{\"\(fields[$0])\":[{\"anything-but\":\(values[$0])}]}}", counts[$0]) })
    }

    /// Eight kinds of rules together.
    static let partialCombination = RuleSet(
        name: "PARTIAL_COMBO", goal: 0,
        rules: [
            numeric, exact, prefix, anythingBut, anythingButIgnoringCase, anythingButPrefix, anythingButSuffix,
            anythingButWildcard,
        ].flatMap(\.rules))
    static let combination = RuleSet(name: "COMBO", goal: 300, rules: partialCombination.rules + complexArrays.rules)

    static let all = [
        exact, wildcard, prefix, prefixIgnoringCase, suffix, suffixIgnoringCase, equalsIgnoreCase, numeric, anythingBut,
        anythingButIgnoringCase, anythingButPrefix, anythingButSuffix, anythingButWildcard, complexArrays,
        partialCombination,
        combination,
    ]
}
