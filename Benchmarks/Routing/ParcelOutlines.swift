import TidingsTesting

/// The outlines of parcels: polygons of 5 to 120 points whose longitudes are dealt out by zones.
///
/// Zones lie between the numbers that rules compare with, so that how many events a rule matches is known.
struct ParcelOutlines {
    struct Outline {
        let type: String
        let coordinates: String
        let first: String
    }

    private struct Point {
        var x: Double
        var y: Double

        var json: String { "{\"x\":\(x),\"y\":\(y),\"z\":0.0}" }
    }

    private static let zones = [
        -122.5145 ... -122.46500, -122.46440 ... -122.41630, -122.41570 ... -122.40650, -122.40610 ... -122.3600,
    ]
    private static let soughtX = -122.42916360922355
    private static let soughtY = 37.729900216217324

    private var zone: [Int]
    /// A parcel with one point in another zone.
    private var crossing: [Int: Int] = [:]
    private var soughtFirst: Set<Int> = []
    private var soughtLater: Set<Int> = []
    private var multiple: Set<Int> = []
    private var soughtInMultiple: Int

    init(using random: inout SplitMix64) {
        // Below -122.416… are 148,948 first points, above it 64,120; in the range of the last rule 127,053.
        let counts = [42_895, 106_053, 21_000, 43_120]
        zone = counts.indices.flatMap { [Int](repeating: $0, count: counts[$0]) }
        zone.shuffle(using: &random)
        var members = [[Int]](repeating: [], count: counts.count)
        for index in zone.indices { members[zone[index]].append(index) }
        for number in members.indices { members[number].shuffle(using: &random) }
        // What rules on any point match beyond those on the first: 498, 248 and 432.
        for index in members[2].prefix(498) { crossing[index] = 1 }
        for index in members[1].prefix(248) { crossing[index] = 2 }
        for index in members[0].prefix(232) { crossing[index] = 1 }
        for index in members[3].prefix(200) { crossing[index] = 2 }
        let rest = members[1].dropFirst(248)
        soughtFirst = Set(rest.prefix(2))
        soughtLater = Set(rest.dropFirst(2).prefix(216))
        multiple = Set(rest.dropFirst(218).prefix(120))
        soughtInMultiple = rest.dropFirst(218).first ?? 0
    }

    func outline(of index: Int, using random: inout SplitMix64) -> Outline {
        let points = points(of: index, using: &random)
        let first = points[0].json
        let texts = points.map(\.json)
        guard multiple.contains(index) else {
            return Outline(type: "Polygon", coordinates: "[[\(texts.joined(separator: ","))]]", first: first)
        }
        let half = max(2, texts.count / 2)
        let parts = [texts[..<half], texts[half...]].map { "[[\($0.joined(separator: ","))]]" }
        return Outline(type: "MultiPolygon", coordinates: "[\(parts.joined(separator: ","))]", first: first)
    }

    private func points(of index: Int, using random: inout SplitMix64) -> [Point] {
        let bounds = Self.zones[zone[index]]
        var start = Point(
            x: Double.random(in: bounds, using: &random), y: Double.random(in: 37.7081...37.8108, using: &random))
        if soughtFirst.contains(index) { start.x = Self.soughtX }
        var points = [start]
        for _ in 0..<pointCount(using: &random) - 2 {
            let x = start.x + Double.random(in: -3e-4...3e-4, using: &random)
            let y = start.y + Double.random(in: -3e-4...3e-4, using: &random)
            points.append(Point(x: min(max(x, bounds.lowerBound), bounds.upperBound), y: y))
        }
        if soughtLater.contains(index) { points[1].x = Self.soughtX }
        if let other = crossing[index] {
            points[Int.random(in: 1..<points.count, using: &random)].x = Double.random(
                in: Self.zones[other], using: &random)
        }
        if index == soughtInMultiple { points[1].y = Self.soughtY }
        return points + [start]
    }

    private func pointCount(using random: inout SplitMix64) -> Int {
        switch Int.random(in: 0..<1_000, using: &random) {
        case 0..<500: 5
        case 500..<740: Int.random(in: 6...8, using: &random)
        case 740..<857: Int.random(in: 9...16, using: &random)
        case 857..<980: Int.random(in: 17...36, using: &random)
        default: Int.random(in: 37...120, using: &random)
        }
    }
}
