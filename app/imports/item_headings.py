"""The columns of lists of services (price lists among them) and of equipment, as platforms head them."""

from app.imports.headings import SCOPE_LINES, Column, Headings

SERVICES = Headings(
    labels={
        Column.FUNCTION: ("服务功能", "Function"),
        Column.TITLE: ("服务名称", "Title"),
        Column.TITLE_EN: ("服务英文名称", "Title en"),
        Column.FIELD: ("产业领域", "Field"),
        Column.DESCRIPTION: ("服务说明", "Description"),
        Column.DESCRIPTION_EN: ("英文说明", "Description en"),
        Column.TERM: ("能力术语", "Term"),
        Column.OBJECT: ("检测对象", "Object"),
        Column.PARAMETER: ("项目/参数", "Parameter"),
        Column.STANDARD: ("标准编号", "Standard"),
        Column.STANDARD_YEAR: ("年号", "Year"),
        Column.RANGE: ("测量范围", "Range"),
        Column.RANGE_MIN: ("范围下限", "Range min"),
        Column.RANGE_MAX: ("范围上限", "Range max"),
        Column.UNIT: ("单位", "Unit"),
        Column.RESTRICTION: ("限制范围", "Restriction"),
        Column.PRICE: ("收费标准", "Price"),
        Column.PRICE_KIND: ("价格类型", "Price kind"),
        Column.PRICE_MIN: ("价格下限(元)", "Price min"),
        Column.PRICE_MAX: ("价格上限(元)", "Price max"),
        Column.PRICE_UNIT: ("计价单位", "Price unit"),
        Column.LEAD_TIME: ("服务周期(天)", "Lead time days"),
        Column.CAPACITY: ("月服务能力", "Monthly capacity"),
        Column.TRL: ("技术成熟度", "TRL"),
        Column.ENTRY_TRL: ("起始成熟度", "Entry TRL"),
        Column.EXIT_TRL: ("达到成熟度", "Exit TRL"),
        Column.VOUCHER: ("接受创新券", "Voucher accepted"),
        Column.DELIVERABLES: ("交付物", "Deliverables"),
        Column.BATCH_MIN: ("批量下限", "Batch min"),
        Column.BATCH_MAX: ("批量上限", "Batch max"),
        Column.BATCH_UNIT: ("批量单位", "Batch unit"),
    },
    aliases={
        Column.FUNCTION: "服务功能 功能 服务类别 服务类型 功能类别 服务功能类别 function category servicefunction",
        Column.TITLE: """
            服务名称 服务项目 服务标题 服务项目名称 收费项目 收费项目名称 服务 标题 title service servicename
            servicetitle nameofservice titlezh
        """,
        Column.TITLE_EN: "服务英文名称 英文名称 英文标题 服务名称英文 titleen englishtitle englishname nameen",
        Column.FIELD: "产业领域 领域 所属领域 行业领域 服务领域 field fields industry industryfield",
        Column.DESCRIPTION: """
            服务说明 服务内容 服务描述 服务简介 简介 内容 描述 说明 description content servicedescription
            descriptionzh
        """,
        Column.DESCRIPTION_EN: "英文说明 英文简介 服务说明英文 descriptionen englishdescription",
        Column.TERM: "能力术语 能力 术语 能力词 能力代码 能力项 term capability capabilityterm capabilitycode",
        Column.OBJECT: SCOPE_LINES.aliases[Column.OBJECT],
        Column.PARAMETER: SCOPE_LINES.aliases[Column.PARAMETER],
        Column.STANDARD: SCOPE_LINES.aliases[Column.STANDARD],
        Column.STANDARD_YEAR: SCOPE_LINES.aliases[Column.STANDARD_YEAR],
        Column.RANGE: SCOPE_LINES.aliases[Column.RANGE],
        Column.RANGE_MIN: SCOPE_LINES.aliases[Column.RANGE_MIN],
        Column.RANGE_MAX: SCOPE_LINES.aliases[Column.RANGE_MAX],
        Column.UNIT: "单位 计量单位 范围单位 量纲 测量单位 unit units rangeunit unitofmeasure",
        Column.RESTRICTION: "限制范围 限制 限制说明 限制条件 能力限制 restriction limitation limits",
        Column.PRICE: """
            收费标准 价格 收费 单价 费用 服务价格 参考价格 报价 收费金额 收费价格 指导价 检测费 检测费用
            服务费 服务费用 价格标准 price fee charge rate unitprice fees
        """,
        Column.PRICE_KIND: "价格类型 计价方式 收费方式 价格方式 定价方式 pricekind pricetype pricing",
        Column.PRICE_MIN: "价格下限 最低价 最低价格 起价 起步价 最低收费 pricemin minprice pricefrom mincny",
        Column.PRICE_MAX: "价格上限 最高价 最高价格 最高收费 pricemax maxprice priceto maxcny",
        Column.PRICE_UNIT: "计价单位 收费单位 价格单位 计费单位 priceunit per chargingunit",
        Column.LEAD_TIME: """
            服务周期 周期 检测周期 服务时间 交付周期 工期 办理时限 时限 完成时限 服务周期天 检测时限 出报告时间
            leadtime leadtimedays turnaround turnaroundtime turnarounddays
        """,
        Column.CAPACITY: "月服务能力 月产能 每月能力 月处理能力 月服务量 月接单量 monthlycapacity capacity",
        Column.TRL: "技术成熟度 成熟度 成熟度等级 技术成熟度等级 trl trlrange",
        Column.ENTRY_TRL: "起始成熟度 入口成熟度 进入成熟度 起始trl 入口trl 进入trl entrytrl trlfrom trlin",
        Column.EXIT_TRL: "达到成熟度 出口成熟度 目标成熟度 出口trl 达到trl 目标trl exittrl trlto trlout",
        Column.VOUCHER: "接受创新券 创新券 可用创新券 支持创新券 是否接受创新券 是否支持创新券 voucher voucheraccepted",
        Column.DELIVERABLES: "交付物 成果形式 交付成果 提交成果 输出成果 deliverables deliverable output",
        Column.BATCH_MIN: "批量下限 最小批量 最小批次 batchmin minbatch",
        Column.BATCH_MAX: "批量上限 最大批量 最大批次 batchmax maxbatch",
        Column.BATCH_UNIT: "批量单位 批次单位 batchunit",
    },
    needed=(Column.FUNCTION, Column.TITLE),
    telling=(Column.TITLE, Column.TERM, Column.PARAMETER, Column.STANDARD, Column.PRICE, Column.PRICE_MIN),
)

EQUIPMENT = Headings(
    labels={
        Column.NAME: ("设备名称", "Name"),
        Column.MODEL: ("型号", "Model"),
        Column.SPECS: ("技术指标", "Specs"),
        Column.MAKER: ("生产厂家", "Maker"),
        Column.QUANTITY: ("数量", "Quantity"),
        Column.RANGE: ("测量范围", "Range"),
    },
    aliases={
        Column.NAME: """
            设备名称 仪器名称 仪器设备名称 名称 设备 仪器设备 仪器 装置名称 设备/仪器名称 仪器/设备名称
            主要设备名称 主要仪器设备 中文名称 name equipment equipmentname instrument instrumentname
            nameofequipment device devicename namezh
        """,
        Column.MODEL: """
            型号 规格型号 型号规格 设备型号 仪器型号 型号/规格 规格/型号 规格 model modelno modelnumber type
            modelspecification
        """,
        Column.SPECS: """
            技术指标 主要技术指标 技术参数 主要技术参数 参数 性能指标 主要参数 技术规格 主要性能 主要性能指标
            指标 主要功能 功能 用途 主要用途 specs specification specifications technicalspecification
            technicalparameters parameters
        """,
        Column.RANGE: "测量范围 量程 测量范围/量程 量程范围 range measuringrange",
        Column.MAKER: "生产厂家 制造商 厂家 品牌 生产厂商 制造厂商 厂商 生产商 制造厂 maker manufacturer brand vendor",
        Column.QUANTITY: "数量 台数 台套数 台/套 数量/台 数量/套 套数 数量台 数量台套 quantity qty number units",
    },
    needed=(Column.NAME,),
    telling=(Column.MODEL, Column.SPECS),
)
