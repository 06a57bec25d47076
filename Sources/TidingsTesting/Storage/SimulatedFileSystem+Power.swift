import Synchronization

extension SimulatedFileSystem {
    /// How many calls have changed something, or tried to, since the machine was made: each is a boundary at which the
    /// power can go.
    package var operationCount: Int { machine.disk.withLock { $0.operationCount } }

    /// Whether the machine still runs. Once it does not, every call throws `EIO`.
    package var isPowered: Bool { machine.disk.withLock { $0.isPowered } }

    /// Cuts the power when the operation of this number, the first of which is 1, has happened: its caller is told so,
    /// but a write is not durable by it. Zero cuts it now.
    package func cutPower(after operation: Int) { machine.disk.withLock { $0.lastOperation = operation } }

    /// Cuts the power at the call of this number, which fails and has no effect.
    package func cutPower(before operation: Int) { cutPower(after: operation - 1) }

    /// Cuts the power now.
    package func cutPower() { cutPower(after: 0) }

    /// The machine started anew after a power cut, with what survived durable, the same capacity and no faults.
    ///
    /// Changes nothing here, so that the same cut can be survived in many ways. Without a cut it answers for one now.
    package func afterPowerCut(_ survival: Survival) -> SimulatedFileSystem {
        let disk = machine.disk.withLock { $0.survivor(survival) }
        return SimulatedFileSystem(SimulatedMachine(disk), process: 1)
    }

    /// Kills the process: its handles and this file system throw `EIO` from now on, its locks are free, and what it
    /// wrote stays in memory, synced or not.
    ///
    /// - Returns: The same machine for the next process, with the same count of operations.
    package func crash() -> SimulatedFileSystem {
        SimulatedFileSystem(machine, process: machine.disk.withLock { $0.endProcess() })
    }
}
