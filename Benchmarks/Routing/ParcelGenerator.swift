import TidingsTesting

/// Makes parcel events: land lots of a city with an address and an outline, about 898 bytes each.
///
/// The same number always gives the same events. Values are dealt out so that each rule of ``RuleSet/all`` matches
/// exactly the number of events it says, which is what it matches in the data of San Francisco that others measure with.
struct ParcelGenerator {
    static let count = 213_068

    private var random = SplitMix64(seed: 20_260_721)

    /// The events, each a JSON text, one after another; event `n` is between the bounds `n` and `n + 1`.
    struct Parcels {
        fileprivate(set) var bytes: [UInt8] = []
        fileprivate(set) var bounds = [0]
    }

    mutating func parcels() -> Parcels {
        let lots = mapNumbers()
        let streets = streetNames()
        let types = streetTypes()
        let numbers = houseNumbers()
        let outlines = ParcelOutlines(using: &random)
        var parcels = Parcels()
        parcels.bytes.reserveCapacity(200_000_000)
        parcels.bounds.reserveCapacity(Self.count + 1)
        for index in 0..<Self.count {
            let lot = lots[index]
            let block = String(lot.prefix(4))
            let outline = outlines.outline(of: index, using: &random)
            let side = types[index] == "ST" ? (Bool.random(using: &random) ? "O" : "E") : "O"
            let event = """
                {"type":"Feature","properties":{"MAPBLKLOT":"\(lot)","BLKLOT":"\(block)\(padded(Int.random(in: 1...400, using: &random), 3))",\
                "BLOCK_NUM":"\(block)","LOT_NUM":"\(lot.dropFirst(4))","FROM_ST":"\(numbers[index])","TO_ST":"\(numbers[index])",\
                "STREET":"\(streets[index])","ST_TYPE":\(types[index].isEmpty ? "null" : "\"\(types[index])\""),"ODD_EVEN":"\(side)"},\
                "geometry":{"type":"\(outline.type)","coordinates":\(outline.coordinates),"firstCoordinates":\(outline.first)}}
                """
            parcels.bytes.append(contentsOf: event.utf8)
            parcels.bounds.append(parcels.bytes.count)
        }
        return parcels
    }

    /// The quotas, filled up and shuffled.
    private mutating func deal(
        _ quotas: [(String, Int)], filler: (inout SplitMix64) -> String
    ) -> [String] {
        var values: [String] = []
        values.reserveCapacity(Self.count)
        for (value, count) in quotas { values += [String](repeating: value, count: count) }
        while values.count < Self.count { values.append(filler(&random)) }
        values.shuffle(using: &random)
        return values
    }

    private mutating func mapNumbers() -> [String] {
        let forms = ["143*", "2*0*1*7", "*218", "3*5*2", "VA*IL"]
        var quotas = [("1430022", 1), ("2607117", 101), ("2607218", 35), ("3745012", 655), ("VACSTWIL", 1)]
        let exact = Set(quotas.map(\.0))
        /// How many more events each form matches than those above, and how to make a number that could.
        let others: [(form: Int, count: Int, make: (inout SplitMix64) -> String)] = [
            (0, 489, { "143\(Int.random(in: 0...9, using: &$0))\(padded(Int.random(in: 1...250, using: &$0), 3))" }),
            (
                1, 612,
                {
                    "2\(padded(Int.random(in: 0...999, using: &$0), 3))\(padded(Int.random(in: 1...250, using: &$0), 3))"
                }
            ),
            (2, 8, { "\(padded(Int.random(in: 1...9_900, using: &$0), 4))218" }),
            (
                3, 1_885,
                {
                    "3\(padded(Int.random(in: 0...999, using: &$0), 3))\(padded(Int.random(in: 1...250, using: &$0), 3))"
                }
            ),
        ]
        for (form, count, make) in others {
            var left = count
            while left > 0 {
                let number = make(&random)
                let matched = forms.indices.filter { Glob.matches(forms[$0], number) }
                guard matched == [form], !exact.contains(number) else { continue }
                let share = min(left, Int.random(in: 1...3, using: &random))
                quotas.append((number, share))
                left -= share
            }
        }
        return deal(quotas) { random in
            while true {
                var number = padded(Int.random(in: 1...9_900, using: &random), 4)
                number += padded(Int.random(in: 1...250, using: &random), 3)
                if Int.random(in: 0..<100, using: &random) < 8 {
                    number += String(Array("ABCDEFGH")[Int.random(in: 0..<8, using: &random)])
                }
                if !forms.contains(where: { Glob.matches($0, number) }) { return number }
            }
        }
    }

    private mutating func streetNames() -> [String] {
        let quotas = [
            ("ACACIA", 14), ("ACORN", 10), ("BLYTHDALE", 200), ("BLUXOME", 142), ("BLANCHE", 100), ("DRUMM", 13),
            ("DRAKE", 25), ("FULTON", 1_910), ("FUNSTON", 477), ("RHODE ISLAND", 200), ("RHINE", 128), ("MASON", 2_657),
            ("MASONIC", 293), ("JEFFERSON", 131), ("MOULTON", 22), ("MISSION", 5_200), ("WASHINGTON", 2_900),
            ("HARRISON", 2_300), ("CLAYTON", 1_400), ("HAMPTON", 924), ("LAKE", 600), ("CLARKE", 246),
            ("IRVING", 1_463),
            ("DOWNING", 500), ("SANTIAGO", 482), ("VALLEGO", 200), ("BEACH", 211), ("HYDE", 1_758), ("CHESTNUT", 825),
            ("17TH", 1_619), ("FOLSOM", 1_390), ("UNKNOWN", 12_000),
        ]
        let beginnings = ["AC", "BL", "DR", "FU", "RH", "MASO"]
        let endings = ["ON", "KE", "MM", "ING", "GO"]
        let syllables = [
            "AL", "BER", "CA", "DO", "EL", "FAR", "GUER", "HO", "IN", "JU", "KIR", "LOM", "MAR", "NA", "OR", "PA",
            "QUIN",
            "ROS", "SAN", "TA", "UL", "VAL", "WES", "YOR", "LAND", "TER", "RO", "VILLE", "FORD", "DALE", "STA", "RA",
        ]
        var names = (1...48).filter { $0 != 17 }.map { "\($0)TH" }
        while names.count < 1_700 {
            let name = (0..<Int.random(in: 2...4, using: &random))
                .map { _ in syllables[Int.random(in: 0..<syllables.count, using: &random)] }.joined()
            let isTaken = quotas.contains { $0.0 == name }
            if !isTaken, !beginnings.contains(where: name.hasPrefix), !endings.contains(where: name.hasSuffix) {
                names.append(name)
            }
        }
        // The lower of two: some streets are longer than others.
        return deal(quotas) { random in
            names[min(Int.random(in: 0..<names.count, using: &random), Int.random(in: 0..<names.count, using: &random))]
        }
    }

    /// Empty for none.
    private mutating func streetTypes() -> [String] {
        deal([("ST", 116_386), ("STWY", 15), ("CT", 1_774)]) { random in
            switch Int.random(in: 0..<106, using: &random) {
            case 0..<60: "AVE"
            case 60..<68: "BLVD"
            case 68..<78: "DR"
            case 78..<86: "WAY"
            case 86..<90: "TER"
            case 90..<93: "PL"
            case 93..<96: "LN"
            default: ""
            }
        }
    }

    private mutating func houseNumbers() -> [String] {
        var quotas = [("441", 2_453), ("2521", 19)]
        for offset in 0..<1_524 { quotas.append(("44\(42 + offset % 58)", 1)) }
        for offset in 0..<1_560 { quotas.append(("\(10 + offset % 34)41", 1)) }
        return deal(quotas) { random in
            while true {
                let number =
                    switch Int.random(in: 0..<100, using: &random) {
                    case 0..<8: "0"
                    case 8..<58: String(Int.random(in: 1...999, using: &random))
                    default: String(Int.random(in: 1_000...4_999, using: &random))
                    }
                if !number.hasPrefix("44"), !number.hasSuffix("41"), number != "2521" { return number }
            }
        }
    }
}

/// A number with zeros before it.
func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(width - digits.count, 0)) + digits
}
