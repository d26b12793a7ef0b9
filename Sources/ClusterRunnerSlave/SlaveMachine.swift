import Logging

/// The machine of a slave: its settings, folders and tools.
struct SlaveMachine: Sendable {
    let settings: SlaveSettings
    let parts: SlaveParts
    let folders: SlaveFolders
    let events: SlaveEvents
    let logger: Logger
}
