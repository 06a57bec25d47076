extension DeliveryQueue {
    /// When a take may end.
    struct Deadline: Comparable {
        let end: Duration
        let take: UInt64

        static func < (left: Deadline, right: Deadline) -> Bool { left.end < right.end }
    }

    /// The takes of a member.
    struct MemberTakes {
        var numbers: [UInt64] = []
        /// From how many on those that have ended are dropped.
        var limit = 64
    }

    /// When the next time-out may end, if anything is out.
    package var nextDeadline: Duration? { deadlines.first?.end }

    /// How long a member that found nothing can wait for a signal before it has to look again: until a time-out ends,
    /// and no longer than those of takes that come after now may last.
    package func waitTimeout(at now: Duration, visibility: Duration) -> Duration {
        nextDeadline.map { min($0 - now, visibility) } ?? visibility
    }

    /// A member leaves.
    /// - Returns: the receipts of what it has out, for its settlement.
    package mutating func leave(_ member: UInt64) -> [Receipt] {
        let numbers = members.removeValue(forKey: member)?.numbers ?? []
        steps += numbers.count
        return numbers.flatMap { number in
            (takes[number]?.items ?? []).lazy.filter(\.isOut).map { Receipt(sequence: $0.entry.sequence, take: number) }
        }
    }

    /// Gives back what has been out for too long. Attempts stay counted.
    package mutating func expire(at now: Duration) {
        guard let earliest = nextDeadline, earliest <= now else { return }
        var returned: [Entry] = []
        while let due = deadlines.first, due.end <= now {
            deadlines.dropFirst()
            steps += 1
            guard let take = takes[due.take], take.deadline == due.end else { continue }
            for item in take.items where item.isOut && item.deadline <= now {
                if let entry = remove(Receipt(sequence: item.entry.sequence, take: due.take)) { returned.append(entry) }
            }
            // Some of its events were extended.
            if let left = takes[due.take]?.items.lazy.filter(\.isOut).map(\.deadline).min() {
                setDeadline(of: due.take, to: left)
            }
        }
        giveBack(returned)
        tidy()
    }

    mutating func hold(_ entries: [Entry], as number: UInt64, for member: UInt64, until deadline: Duration) {
        let items = entries.map { entry in
            var item = Take.Item(entry: entry, deadline: deadline)
            item.entry.wasOut = true
            return item
        }
        hold(items, as: number, for: member, until: deadline)
    }

    /// The same for events that do not come back together.
    mutating func hold(_ entries: [(entry: Entry, deadline: Duration)], as number: UInt64, for member: UInt64) {
        guard let earliest = entries.lazy.map(\.deadline).min() else { return }
        let items = entries.sorted { $0.entry.sequence < $1.entry.sequence }.map { entry, deadline in
            var item = Take.Item(entry: entry, deadline: deadline)
            item.entry.wasOut = true
            return item
        }
        hold(items, as: number, for: member, until: earliest)
    }

    private mutating func hold(_ items: [Take.Item], as number: UInt64, for member: UInt64, until deadline: Duration) {
        assert(takes[number] == nil, "the number of a take is used once")
        if number < Self.firstHold {
            nextTake = max(nextTake, number + 1)
        } else {
            nextHold = number + 1
            heldCount += items.count
        }
        outstandingCount += items.count
        takes.insert(Take(member: member, deadline: deadline, items: items, remaining: items.count), as: number)
        note(Deadline(end: deadline, take: number))
        remember(Low(sequence: items[0].entry.sequence, place: number, isLine: false))
        note(number, of: member)
    }

    private mutating func note(_ number: UInt64, of member: UInt64) {
        guard let own = members.index(forKey: member) else {
            members[member] = MemberTakes(numbers: [number])
            return
        }
        members.values[own].numbers.append(number)
        guard members.values[own].numbers.count >= members.values[own].limit else { return }
        steps += members.values[own].numbers.count
        let numbers = members.values[own].numbers.filter { takes[$0] != nil }
        members.values[own] = MemberTakes(numbers: numbers, limit: max(64, numbers.count * 2))
    }

    /// From now on a take may end at another moment.
    mutating func setDeadline(of number: UInt64, to deadline: Duration) {
        if let take = takes.place(of: number) { takes[take].deadline = deadline }
        note(Deadline(end: deadline, take: number))
    }

    private mutating func note(_ deadline: Deadline) {
        if deadlines.isFull {
            steps += deadlines.count
            let takes = takes
            deadlines.removeAll { takes[$0.take]?.deadline != $0.end }
        }
        deadlines.add(deadline)
    }

    mutating func remove(_ receipt: Receipt) -> Entry? {
        guard let take = takes.place(of: receipt.take),
            let place = takes[take].place(of: receipt.sequence)
        else { return nil }
        let entry = takes[take].end(place)
        outstandingCount -= 1
        if receipt.take >= Self.firstHold { heldCount -= 1 }
        assert(outstandingCount >= 0 && takes[take].remaining >= 0)
        if takes[take].remaining == 0 { takes.remove(at: take) }
        return entry
    }

    mutating func tidyReturned() {
        while let first = returned.first, !isCurrent(first) { returned.removeFirst() }
    }

    /// Drops what stands first and is wrong by now, so that what stands first is right.
    mutating func tidy() {
        tidyReturned()
        guard !takes.isEmpty else {
            if deadlines.count > 0 { deadlines.removeAll() }
            if lowest.count > 0 { lowest.removeAll() }
            return
        }
        while let first = deadlines.first, takes[first.take]?.deadline != first.end {
            deadlines.dropFirst()
            steps += 1
        }
        tidyLowest()
    }
}
