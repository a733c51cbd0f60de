"""Errors of results, their attachments and access to them."""

from app.errors import AppError, BodyTooLarge, Conflict, InvalidRequest, NotFound
from app.kit.i18n import Localized


class ResultNotFound(NotFound):
    """No result that may be known has this id or slug."""

    code = "result-not-found"
    title = Localized(zh="没有这项成果", en="There is no such result")


class VersionNotFound(NotFound):
    """The result has no such version, or it is a draft of its owner."""

    code = "result-version-not-found"
    title = Localized(zh="成果没有这个版本", en="The result has no such version")


class AttachmentNotFound(NotFound):
    """No attachment that may be read has this id."""

    code = "attachment-not-found"
    title = Localized(zh="没有这个附件", en="There is no such attachment")


class AccessRequestNotFound(NotFound):
    """No request for access that may be known has this id."""

    code = "access-request-not-found"
    title = Localized(zh="没有这项查阅申请", en="There is no such request for access")


class ResultSlugTaken(Conflict):
    """Another result has the slug."""

    code = "result-slug-taken"
    title = Localized(zh="该标识已被其他成果使用", en="Another result has this slug")


class CallNotOpen(Conflict):
    """The call takes no results at this moment."""

    code = "call-not-open"
    title = Localized(zh="该征集目前不接受申报", en="The call takes no results at present")


class NotReadyForCall(InvalidRequest):
    """The result lacks what the call asks; `errors` names each place of the document."""

    code = "not-ready-for-call"
    title = Localized(zh="成果尚不符合征集要求", en="The result does not yet meet what the call asks")


class AccessOpen(Conflict):
    """There is a request or grant already for the same reader."""

    code = "access-open"
    title = Localized(
        zh="已有待处理或有效的查阅申请",
        en="A request is open, or access is granted already, for the same reader",
    )


class AttachmentTooLarge(BodyTooLarge):
    """The file is larger than the server keeps."""

    code = "attachment-too-large"
    title = Localized(zh="附件过大", en="The attachment is too large")


class TooManyAttachments(Conflict):
    """The result has as many attachments as one may have."""

    code = "too-many-attachments"
    title = Localized(zh="附件数量已达上限", en="The result has as many attachments as it may have")


class UnsupportedAttachment(AppError):
    """The content of the file is of no kind that is taken."""

    status = 415
    code = "unsupported-attachment"
    title = Localized(
        zh="不支持的附件类型，可上传 PDF、DOCX、XLSX、PNG、JPEG、CSV、TXT",
        en="Attachments may be PDF, DOCX, XLSX, PNG, JPEG, CSV or TXT",
    )


class AttachmentMismatch(InvalidRequest):
    """The name or the declared type says another kind than the content shows."""

    code = "attachment-mismatch"
    title = Localized(
        zh="附件的扩展名或声明的类型与内容不符",
        en="The name or the declared type of the attachment does not fit its content",
    )
