// SPDX-License-Identifier: MIT
#include "collectors/statements/wait_events.h"

#include <span>

namespace tierwatch {
namespace {

// The same from 13 to 18.
constexpr const char* kLocks[] = {"relation", "extend",        "frozenid",   "page",
                                  "tuple",    "transactionid", "virtualxid", "spectoken",
                                  "object",   "userlock",      "advisory"};

// Of version 15 alone: others have more, and in another order. wait_event.h, lwlocknames.h and
// lwlock.h; empty: no name is known.
constexpr const char* kLight15[] = {"",
                                    "ShmemIndex",
                                    "OidGen",
                                    "XidGen",
                                    "ProcArray",
                                    "SInvalRead",
                                    "SInvalWrite",
                                    "WALBufMapping",
                                    "WALWrite",
                                    "ControlFile",
                                    "",
                                    "XactSLRU",
                                    "SubtransSLRU",
                                    "MultiXactGen",
                                    "MultiXactOffsetSLRU",
                                    "MultiXactMemberSLRU",
                                    "RelCacheInit",
                                    "CheckpointerComm",
                                    "TwoPhaseState",
                                    "TablespaceCreate",
                                    "BtreeVacuum",
                                    "AddinShmemInit",
                                    "Autovacuum",
                                    "AutovacuumSchedule",
                                    "SyncScan",
                                    "RelationMapping",
                                    "NotifySLRU",
                                    "NotifyQueue",
                                    "SerializableXactHash",
                                    "SerializableFinishedList",
                                    "SerializablePredicateList",
                                    "SerialSLRU",
                                    "SyncRep",
                                    "BackgroundWorker",
                                    "DynamicSharedMemoryControl",
                                    "AutoFile",
                                    "ReplicationSlotAllocation",
                                    "ReplicationSlotControl",
                                    "CommitTsSLRU",
                                    "CommitTs",
                                    "ReplicationOrigin",
                                    "MultiXactTruncation",
                                    "OldSnapshotTimeMap",
                                    "LogicalRepWorker",
                                    "XactTruncation",
                                    "",
                                    "WrapLimitsVacuum",
                                    "NotifyQueueTail",
                                    "XactBuffer",
                                    "CommitTsBuffer",
                                    "SubtransBuffer",
                                    "MultiXactOffsetBuffer",
                                    "MultiXactMemberBuffer",
                                    "NotifyBuffer",
                                    "SerialBuffer",
                                    "WALInsert",
                                    "BufferContent",
                                    "ReplicationOriginState",
                                    "ReplicationSlotIO",
                                    "LockFastPath",
                                    "BufferMapping",
                                    "LockManager",
                                    "PredicateLockManager",
                                    "ParallelHashJoin",
                                    "ParallelQueryDSA",
                                    "PerSessionDSA",
                                    "PerSessionRecordType",
                                    "PerSessionRecordTypmod",
                                    "SharedTupleStore",
                                    "SharedTidBitmap",
                                    "ParallelAppend",
                                    "PerXactPredicateList",
                                    "PgStatsDSA",
                                    "PgStatsHash",
                                    "PgStatsData"};
constexpr const char* kActivity15[] = {
    "ArchiverMain",     "AutoVacuumMain",   "BgWriterHibernate",   "BgWriterMain",
    "CheckpointerMain", "LogicalApplyMain", "LogicalLauncherMain", "RecoveryWalStream",
    "SysLoggerMain",    "WalReceiverMain",  "WalSenderMain",       "WalWriterMain"};
constexpr const char* kClient15[] = {"ClientRead",
                                     "ClientWrite",
                                     "GSSOpenServer",
                                     "LibPQWalReceiverConnect",
                                     "LibPQWalReceiverReceive",
                                     "SSLOpenServer",
                                     "WalSenderWaitForWAL",
                                     "WalSenderWriteData"};
constexpr const char* kOthers15[] = {"AppendReady",
                                     "ArchiveCleanupCommand",
                                     "ArchiveCommand",
                                     "BackendTermination",
                                     "BackupWaitWalArchive",
                                     "BgWorkerShutdown",
                                     "BgWorkerStartup",
                                     "BtreePage",
                                     "BufferIO",
                                     "CheckpointDone",
                                     "CheckpointStart",
                                     "ExecuteGather",
                                     "HashBatchAllocate",
                                     "HashBatchElect",
                                     "HashBatchLoad",
                                     "HashBuildAllocate",
                                     "HashBuildElect",
                                     "HashBuildHashInner",
                                     "HashBuildHashOuter",
                                     "HashGrowBatchesAllocate",
                                     "HashGrowBatchesDecide",
                                     "HashGrowBatchesElect",
                                     "HashGrowBatchesFinish",
                                     "HashGrowBatchesRepartition",
                                     "HashGrowBucketsAllocate",
                                     "HashGrowBucketsElect",
                                     "HashGrowBucketsReinsert",
                                     "LogicalSyncData",
                                     "LogicalSyncStateChange",
                                     "MessageQueueInternal",
                                     "MessageQueuePutMessage",
                                     "MessageQueueReceive",
                                     "MessageQueueSend",
                                     "ParallelBitmapScan",
                                     "ParallelCreateIndexScan",
                                     "ParallelFinish",
                                     "ProcArrayGroupUpdate",
                                     "ProcSignalBarrier",
                                     "Promote",
                                     "RecoveryConflictSnapshot",
                                     "RecoveryConflictTablespace",
                                     "RecoveryEndCommand",
                                     "RecoveryPause",
                                     "ReplicationOriginDrop",
                                     "ReplicationSlotDrop",
                                     "RestoreCommand",
                                     "SafeSnapshot",
                                     "SyncRep",
                                     "WalReceiverExit",
                                     "WalReceiverWaitStart",
                                     "XactGroupUpdate",
                                     ""};
constexpr const char* kTimeout15[] = {"BaseBackupThrottle",
                                      "CheckpointWriteDelay",
                                      "PgSleep",
                                      "RecoveryApplyDelay",
                                      "RecoveryRetrieveRetryInterval",
                                      "RegisterSyncRequest",
                                      "VacuumDelay",
                                      "VacuumTruncate"};
constexpr const char* kFiles15[] = {"BaseBackupRead",
                                    "BaseBackupSync",
                                    "BaseBackupWrite",
                                    "BufFileRead",
                                    "BufFileWrite",
                                    "BufFileTruncate",
                                    "ControlFileRead",
                                    "ControlFileSync",
                                    "ControlFileSyncUpdate",
                                    "ControlFileWrite",
                                    "ControlFileWriteUpdate",
                                    "CopyFileRead",
                                    "CopyFileWrite",
                                    "DataFileExtend",
                                    "DataFileFlush",
                                    "DataFileImmediateSync",
                                    "DataFilePrefetch",
                                    "DataFileRead",
                                    "DataFileSync",
                                    "DataFileTruncate",
                                    "DataFileWrite",
                                    "DSMFillZeroWrite",
                                    "LockFileAddToDataDirRead",
                                    "LockFileAddToDataDirSync",
                                    "LockFileAddToDataDirWrite",
                                    "LockFileCreateRead",
                                    "LockFileCreateSync",
                                    "LockFileCreateWrite",
                                    "LockFileReCheckDataDirRead",
                                    "LogicalRewriteCheckpointSync",
                                    "LogicalRewriteMappingSync",
                                    "LogicalRewriteMappingWrite",
                                    "LogicalRewriteSync",
                                    "LogicalRewriteTruncate",
                                    "LogicalRewriteWrite",
                                    "RelationMapRead",
                                    "RelationMapSync",
                                    "RelationMapWrite",
                                    "ReorderBufferRead",
                                    "ReorderBufferWrite",
                                    "ReorderLogicalMappingRead",
                                    "ReplicationSlotRead",
                                    "ReplicationSlotRestoreSync",
                                    "ReplicationSlotSync",
                                    "ReplicationSlotWrite",
                                    "SLRUFlushSync",
                                    "SLRURead",
                                    "SLRUSync",
                                    "SLRUWrite",
                                    "SnapbuildRead",
                                    "SnapbuildSync",
                                    "SnapbuildWrite",
                                    "TimelineHistoryFileSync",
                                    "TimelineHistoryFileWrite",
                                    "TimelineHistoryRead",
                                    "TimelineHistorySync",
                                    "TimelineHistoryWrite",
                                    "TwophaseFileRead",
                                    "TwophaseFileSync",
                                    "TwophaseFileWrite",
                                    "VersionFileWrite",
                                    "WALSenderTimelineHistoryRead",
                                    "WALBootstrapSync",
                                    "WALBootstrapWrite",
                                    "WALCopyRead",
                                    "WALCopySync",
                                    "WALCopyWrite",
                                    "WALInitSync",
                                    "WALInitWrite",
                                    "WALRead",
                                    "WALSync",
                                    "WALSyncMethodAssign",
                                    "WALWrite",
                                    "VersionFileSync"};

struct WaitClass {
  std::uint8_t number = 0;
  const char* name = "";
  std::span<const char* const> events15{};  ///< by their number
};

constexpr WaitClass kClasses[] = {{0x01, "LWLock", kLight15},  {0x03, "Lock", kLocks},
                                  {0x04, "BufferPin"},         {0x05, "Activity", kActivity15},
                                  {0x06, "Client", kClient15}, {0x07, "Extension"},
                                  {0x08, "IPC", kOthers15},    {0x09, "Timeout", kTimeout15},
                                  {0x0a, "IO", kFiles15},      {0x0b, "InjectionPoint"}};

const WaitClass* class_of(std::uint32_t info) {
  for (const WaitClass& one : kClasses) {
    if (one.number == info >> 24) return &one;
  }
  return nullptr;
}

/// Whether the numbers of a class mean the same in this version.
bool knows_event(const WaitClass& of, std::uint16_t event, std::optional<int> version) {
  if (version == 15) return true;
  const bool ours = version && *version >= kOldestServer && *version <= kNewestServer;
  if (of.number == kWaitLock) return ours;
  return of.number == kWaitClient && ours && event < 2;
}

}  // namespace

std::string_view wait_class_name(std::uint32_t info) {
  const WaitClass* of = class_of(info);
  return of ? of->name : "";
}

std::string_view wait_event_name(std::uint32_t info, std::optional<int> version) {
  const WaitClass* of = class_of(info);
  const auto event = static_cast<std::uint16_t>(info);
  if (!of || event >= of->events15.size() || !knows_event(*of, event, version)) return "";
  return of->events15[event];
}

}  // namespace tierwatch
