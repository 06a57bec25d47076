/// Decides, change by change, what survives a power cut. The same seed decides the same.
struct SurvivalChance {
    /// Changes up to here survive, where nothing is left to chance.
    private let lastOrder: Int
    private var generator: SplitMix64?
    private let isTorn: Bool
    /// How likely a page or a name survives at all.
    private var likelihood = 0.0

    /// - Parameters:
    ///   - survival: What is to survive.
    ///   - orders: The places of all unsynced changes of the machine, ascending.
    init(_ survival: SimulatedFileSystem.Survival, orders: [Int]) {
        var seed: UInt64?
        var count = 0
        var isTorn = false
        switch survival {
        case .nothing: break
        case .everything: count = orders.count
        case .first(let changes): count = min(max(changes, 0), orders.count)
        case .prefix(let fraction): count = Int(min(max(fraction, 0), 1) * Double(orders.count))
        case .random(let number): seed = number
        case .torn(let number):
            seed = number
            isTorn = true
        }
        lastOrder = count > 0 ? orders[count - 1] : 0
        self.isTorn = isTorn
        if var generator = seed.map(SplitMix64.init(seed:)) {
            likelihood = Double.random(in: 0.2...0.9, using: &generator)
            self.generator = generator
        }
    }

    /// How many of the successive states of one thing came to pass on the disk; 0 leaves the durable one.
    mutating func survivors(of orders: [Int]) -> Int {
        guard !orders.isEmpty else { return 0 }
        guard var random = generator else { return orders.count { $0 <= lastOrder } }
        defer { generator = random }
        guard Double.random(in: 0..<1, using: &random) < likelihood else { return 0 }
        return Bool.random(using: &random) ? orders.count : Int.random(in: 1...orders.count, using: &random)
    }

    /// The same for each sector of a page, or once for the page where sectors are not torn.
    mutating func sectorSurvivors(of orders: [Int]) -> [Int] {
        var counts: [Int] = []
        for _ in 0..<(isTorn ? FileContent.pageBytes / 512 : 1) { counts.append(survivors(of: orders)) }
        return counts
    }

    /// Whether one change came to pass.
    mutating func survives(_ order: Int) -> Bool { survivors(of: [order]) == 1 }
}
