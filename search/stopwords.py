"""Words that say nothing about what is wanted, and words that nearly every document of this trade has."""

_STOP_ZH = """
的 了 和 与 及 或 在 是 有 也 都 就 还 又 再 很 太 更 最 并 而 但 把 被 让 给
对 向 从 到 于 按 为 以 用 做 要 能 会 可 想 请 帮 找 去 来 上 下 里 中 内 外 前 后 时 个 家 种 台 套
款 项 次 点 些 这 那 哪 谁 你 我 他 她 它 们 吗 呢 吧 啊 么 嘛 呀 着 过 得 地 之 其 该 此 每 各 某 等
不 没 无 别 跟 同 比 像 如 若 则 所 将 已 曾 正 刚 才 只 先 多 少 几 两 一 二 三 四 五 六 七 八 九 十
百 千 万 怕 看 测 试 验 弄 搞 出 说 问 讲 见 知 算 行 好 完 成 起 开 我们 你们 他们 咱们 自己 大家 有人
有没有 有没 没有 哪里 哪儿 哪家 哪个 哪些 什么 怎么 怎样 如何 为什么 多少 多久 多长 多大 几个 能不能
可不可以 可以 能够 是否 是不是 会不会 行不行 想要 需要 希望 打算 准备 计划 想知道 知道 觉得 认为 请问
麻烦 帮忙 帮我 谢谢 一下 一个 一种 一些 一点 一家 一款 一套 一台 一次 一起 一直 一边 一样 这个 那个
这种 那种 这样 那样 这里 那里 所以 因为 但是 不过 而且 并且 如果 要是 的话 虽然 然后 最后 最好 首先
先别 别急 还是 或者 以及 还有 另外 比如 例如 关于 对于 根据 按照 通过 进行 使用 采用 之后 之前 以后
以前 以上 以下 已经 正在 现在 目前 最近 今年 明年 年底 马上 赶紧 尽快 老师 团队 课题组 课题 同学 学生
高校 单位 公司 企业 厂家 客户 甲方 对方 人家 地方 东西 问题 情况 时候 方面 方法 办法 能做 能测 可做
做过 做到 做完 做了 做一 开发了 研发了 做出 测一测 测一下 测测 测试一下 试一试 试试 看看 看一看 查查
问问 算算 说明 要求 怎 给测 就是 只是 都是 不是 到底 究竟 不敢 不想 不能 不要 不用 不行 不会 不知道
说不清 愿不愿意 愿意 靠谱 莫名其妙 突然 老是 总是 经常
"""

_STOP_EN = """
a an and any are as at be by can do does for from has have how i in into is it
its lab laboratory me my need needs of on or our please service services should some than that the
their them there these they this to under up us using via want we what when where which who whom will
with within without would you your
"""

_GENERIC_ZH = """
检测 测试 试验 检验 实验 平台 服务 中试 验证 技术 产品 样品 样机 设备 装置 机构 中心 实验室 报告 项目
研究 开发 研发 设计 工艺 制造 生产 应用 系统 材料 性能 质量 标准 方案 分析 评价 评估 测定 测量 能力
提供 支持 要求 专业 资质 认可 认证 第三方 委托 试制 加工 整机 零部件
"""

_GENERIC_EN = "test tests testing trial trials evaluation analysis platform pilot verification measurement"

STOP = frozenset([*_STOP_ZH.split(), *_STOP_EN.split()])
"""Left out of queries, unless a query has nothing else."""

GENERIC = frozenset([*_GENERIC_ZH.split(), *_GENERIC_EN.split()])
"""They count a little in the ranking, but beside other words they do not make a document a hit."""
