"""A failure in plain words: what happened, what was kept, what to do."""

from __future__ import annotations

import errno
import signal

from core.memory import is_out_of_memory
from core.words import Text, UserError

OUT_OF_MEMORY = Text(
    "Training stopped: the machine ran out of memory. Your data and settings are kept. "
    "Try the Quick mode, fewer rows or shorter texts, or close other programs first.",
    "训练中止：机器内存不足。数据和设置都已保留。可以改用“快速”模式、减少行数、缩短文本，或先关闭其他程序。",
)
DISK_FULL = Text(
    "Training stopped: the disk is full, so the model could not be saved. Your data and settings are kept. "
    "Delete runs or data that you no longer need, then start it again.",
    "训练中止：磁盘已满，模型无法保存。数据和设置都已保留。请删除不再需要的模型或数据，然后重新开始。",
)
UNEXPECTED = Text(
    "Training stopped because of an unexpected error ({kind}). Your data and settings are kept. "
    "The log has the details; starting it again is safe.",
    "训练因意外错误（{kind}）中止。数据和设置都已保留。详情见日志，可以放心重新开始。",
)
CRASHED = Text(
    "The training process crashed twice ({name}). Your data and settings are kept. The log has the details.",
    "训练进程两次崩溃（{name}）。数据和设置都已保留，详情见日志。",
)
VANISHED = Text(
    "The training process ended without a result. Your data and settings are kept. The log has the details.",
    "训练进程没有给出结果就退出了。数据和设置都已保留，详情见日志。",
)


def plain(error: BaseException) -> Text:
    """The sentence for an exception that ended a training."""
    if isinstance(error, UserError):
        return error.text
    if is_disk_full(error):
        return DISK_FULL
    if is_out_of_memory(error):
        return OUT_OF_MEMORY
    return UNEXPECTED.fill(kind=type(error).__name__)


def is_disk_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    said = str(error).lower()
    return "no space left on device" in said or "database or disk is full" in said


def killed_by(number: int) -> Text:
    """The sentence for a training process that a signal ended more than once."""
    if number == signal.SIGKILL:
        return OUT_OF_MEMORY
    return CRASHED.fill(name=signal.Signals(number).name)
