/// One line of the table.
struct BenchmarkResult {
    let name: String
    let median: Figure
    var ninetyNinth: Figure?
    /// What the raw limit was in the same run.
    var limit: Figure?
    /// What it should be on two quiet cores.
    var goal: Figure?
    /// What else is to be said, on a line of its own.
    var note: String?

    /// The same with what its ratio should be.
    func withGoal(ofRatio goal: String) -> BenchmarkResult {
        var result = self
        result.note = "the goal for the ratio is \(goal)"
        return result
    }

    /// The part of the raw limit that was reached, or how many times longer it took.
    var ratio: Double? {
        guard let limit else { return nil }
        return median.number / limit.number
    }
}

extension Double {
    /// A ratio with two digits behind the point, and a sign that it is one.
    var times: String { "\((self * 100).rounded() / 100)×" }
}

/// A measured number with its unit.
enum Figure: CustomStringConvertible {
    /// A second.
    case rate(Double)
    case time(Duration)
    case megabytes(Double)
    case percent(Double)

    var number: Double {
        switch self {
        case .rate(let rate): rate
        case .time(let time): time / .seconds(1)
        case .megabytes(let size): size
        case .percent(let share): share
        }
    }

    var description: String {
        switch self {
        case .rate(let rate): "\(Int(rate).formatted())/s"
        case .time(let time) where time >= .milliseconds(10): "\(Int(time / .milliseconds(1)).formatted()) ms"
        case .time(let time): "\(Int(time / .microseconds(1)).formatted()) µs"
        case .megabytes(let size): "\(Int(size).formatted()) MB"
        case .percent(let share): "\((share * 100).rounded() / 100) %"
        }
    }
}

extension Int {
    /// With a comma between thousands.
    fileprivate func formatted() -> String {
        self < 1000 ? "\(self)" : "\((self / 1000).formatted()),\(String(1000 + self % 1000).dropFirst())"
    }
}

extension Array where Element: Comparable {
    /// The middle one, or the later of two; the array must not be empty.
    var median: Element { percentile(50) }

    /// The one that so many in a hundred do not exceed; the array must not be empty.
    func percentile(_ percent: Int) -> Element {
        sorted()[Swift.min(count - 1, count * percent / 100)]
    }
}
