"""Problems of import jobs."""

import uuid

from app.errors import Conflict, NotFound, WrongState
from app.kit.i18n import Localized


class JobNotFound(NotFound):
    """There is no such job, or it may not be seen."""

    code = "job-not-found"
    title = Localized(zh="未找到任务", en="Job not found")


class ImportUnderWay(Conflict):
    """Another file is being imported into the same place; the Location header names its job."""

    code = "import-under-way"
    title = Localized(zh="已有导入任务在进行", en="Another import is under way")

    def __init__(self, job: uuid.UUID) -> None:
        detail = Localized(
            zh=f"任务 {job} 正在向同一处导入；请等它结束，或先取消它",
            en=f"The job {job} is importing into the same place; wait until it ends, or cancel it",
        )
        super().__init__(detail, headers={"Location": f"/v1/jobs/{job}", "Retry-After": "2"})


class JobUnfinished(WrongState):
    """The job is not at its end, so it has no report."""

    code = "job-unfinished"
    title = Localized(zh="任务尚未结束，还没有报告", en="The job has not ended; there is no report yet")


class JobOver(WrongState):
    """The job has ended and cannot be cancelled."""

    code = "job-over"
    title = Localized(zh="任务已结束，不能取消", en="The job has ended and cannot be cancelled")


class FileForgotten(NotFound):
    """The file of the job is no longer kept."""

    code = "file-forgotten"
    title = Localized(zh="任务的文件已不再保存", en="The file of the job is no longer kept")
