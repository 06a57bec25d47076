import Tidings

// The windows of all groups share one budget, so that neither many groups nor many events behind them take much memory.
extension BrokerState {
    /// How heavy the window of a group may be however many there are.
    static let leastWeight = 256

    /// How heavy the window of a group may become.
    var windowWeight: Int { max(Self.leastWeight, weightOfWindows / max(1, windowCount)) }

    /// How heavy the window of a group is.
    package func weight(ofWindow group: GroupID) -> Int { groups[group].live.window.weight }

    /// How many events are loaded together.
    var loadCount: Int { max(1, min(windowLimit / 4, max(windowWeight / 4, 512), 4096)) }

    /// Somebody begins to use a group's window.
    mutating func beginUse(of group: GroupID) {
        if groups[group].live.absent == nil { windowCount += 1 }
        groups[group].beginUse(except: staged)
    }

    /// From now on the group's events are only in the log. A group without consumers takes no memory for them.
    mutating func dropWindow(of group: GroupID) {
        let window = groups[group].live.window
        window.forEachPending { uncache($0) }
        groups[group].live.window = DeliveryQueue(takes: window.takeCount)
        if groups[group].live.absent != nil { windowCount -= 1 }
        groups[group].live.absent = nil
        groups[group].live.unrecorded = SequenceSet()
    }

    /// Leaves to the log what a group's window holds beyond its share, which falls when more groups are used.
    package mutating func trimWindow(of group: GroupID) {
        // What is being loaded stands behind what would go.
        guard groups.contains(group), groups[group].live.absent != nil, !groups[group].live.isLoading,
            groups[group].live.window.runCount > 2 * windowWeight
        else { return }
        for (first, count) in groups[group].live.window.removeLast(toRuns: windowWeight) {
            groups[group].live.absent?.insert(first.sequence..<first.sequence + UInt64(count))
            if !first.wasOut { cache.release(first.batch, count) }
        }
    }

    /// A window hands an event out, or drops it.
    mutating func uncache(_ entry: DeliveryQueue.Entry) {
        if !entry.wasOut { cache.release(entry.batch) }
    }
}
