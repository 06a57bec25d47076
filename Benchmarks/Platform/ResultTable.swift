/// Prints results in columns, each as soon as it is there.
struct ResultTable {
    private static let widths = [48, 12, 10, 14, 8, 12]

    func printHead() {
        printLine(["", "median", "p99", "raw limit", "ratio", "goal"])
    }

    func print(_ result: BenchmarkResult) {
        let figures = [result.median, result.ninetyNinth, result.limit].map { $0.map(String.init(describing:)) ?? "" }
        let ratio = result.ratio?.times ?? ""
        printLine([result.name] + figures + [ratio, result.goal.map(String.init(describing:)) ?? ""])
        if let note = result.note { Swift.print("    " + note) }
    }

    private func printLine(_ cells: [String]) {
        let line = zip(cells, Self.widths).enumerated().map { index, cell in
            let padding = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return index == 0 ? cell.0 + padding : padding + cell.0
        }
        Swift.print(line.joined())
    }
}
