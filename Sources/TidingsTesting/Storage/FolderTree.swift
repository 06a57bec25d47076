import TidingsLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The names on a simulated machine: those the disk has, those that are seen, and the changes between the two.
struct FolderTree: Sendable {
    enum Entry: Hashable, Sendable {
        case file(Int)
        case folder
    }

    /// A change of names that happens as a whole or not at all.
    struct Change: Sendable {
        enum Kind: Sendable {
            case add(EntryPath, Entry)
            case remove(EntryPath, Entry)
            case rename(EntryPath, to: EntryPath, Entry)
        }

        /// Its place in the order of all changes of the machine.
        let order: Int
        let kind: Kind

        var folders: [String] {
            switch kind {
            case .add(let path, _), .remove(let path, _): [path.folder]
            case .rename(let path, let newPath, _): [path.folder, newPath.folder]
            }
        }

        var entry: Entry {
            switch kind {
            case .add(_, let entry), .remove(_, let entry), .rename(_, _, let entry): entry
            }
        }
    }

    /// The entries of each folder, by its path.
    typealias Entries = [String: [String: Entry]]

    private(set) var current: Entries = ["/": [:]]
    private(set) var changes: [Change] = []
    private var durable: Entries = ["/": [:]]

    init() {}

    /// Names that are durable as they are.
    private init(durable: Entries) {
        self.durable = durable
        current = durable
    }

    /// What stands under a name.
    ///
    /// - Throws: That the folder it would be in is missing.
    func entry(_ path: EntryPath, _ call: String) throws(FileError) -> Entry? {
        if path.isRoot { return .folder }
        guard let entries = current[path.folder] else { throw FileError(call, path.full, ENOENT) }
        return entries[path.name]
    }

    /// The file under a name.
    func file(_ path: EntryPath, _ call: String) throws(FileError) -> Int {
        switch try entry(path, call) {
        case .file(let file): return file
        case .folder: throw FileError(call, path.full, EISDIR)
        case nil: throw FileError(call, path.full, ENOENT)
        }
    }

    /// The entries of a folder.
    func entries(_ path: EntryPath, _ call: String) throws(FileError) -> [String: Entry] {
        if let entries = current[path.full] { return entries }
        throw try FileError(call, path.full, entry(path, call) == nil ? ENOENT : ENOTDIR)
    }

    /// Changes names, for now in memory only.
    mutating func make(_ kind: Change.Kind, order: inout Int) {
        order += 1
        let change = Change(order: order, kind: kind)
        Self.apply(change, to: &current)
        if case .add(let path, .folder) = kind { current[path.full] = [:] }
        changes.append(change)
    }

    /// Makes the names in a folder durable, and with them those in folders that a rename connects with it.
    mutating func synchronize(_ folder: String) {
        var folders: Set = [folder]
        var count = 0
        while count < folders.count {
            count = folders.count
            for change in changes where !folders.isDisjoint(with: change.folders) { folders.formUnion(change.folders) }
        }
        for change in changes where !folders.isDisjoint(with: change.folders) { Self.apply(change, to: &durable) }
        changes.removeAll { !folders.isDisjoint(with: $0.folders) }
    }

    /// Every file that has a name now.
    var files: Set<Int> {
        var files: Set<Int> = []
        for entries in current.values {
            for case .file(let file) in entries.values { files.insert(file) }
        }
        return files
    }

    /// Whether a power cut could bring the file back, or it is there.
    func mentions(_ file: Int) -> Bool {
        let entry = Entry.file(file)
        return changes.contains { $0.entry == entry } || current.values.contains { $0.values.contains(entry) }
            || durable.values.contains { $0.values.contains(entry) }
    }

    /// What the disk has after a power cut: the folders that can still be reached.
    func survivor(_ chance: inout SurvivalChance) -> FolderTree {
        var entries = durable
        for change in changes where chance.survives(change.order) { Self.apply(change, to: &entries) }
        var reached: Entries = [:]
        var next = ["/"]
        while let folder = next.popLast() {
            reached[folder] = entries[folder] ?? [:]
            for (name, entry) in entries[folder] ?? [:] where entry == .folder {
                next.append(EntryPath(folder: folder, name: name).full)
            }
        }
        return FolderTree(durable: reached)
    }

    /// Makes a change, unless what it acts on is not there because an earlier change was lost.
    private static func apply(_ change: Change, to entries: inout Entries) {
        switch change.kind {
        case .add(let path, let entry): entries[path.folder, default: [:]][path.name] = entry
        case .remove(let path, let entry):
            if entries[path.folder]?[path.name] == entry { entries[path.folder]?[path.name] = nil }
        case .rename(let path, let newPath, let entry):
            guard entries[path.folder]?[path.name] == entry else { return }
            entries[path.folder]?[path.name] = nil
            entries[newPath.folder, default: [:]][newPath.name] = entry
        }
    }
}
