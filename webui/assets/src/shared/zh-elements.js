// The names of BPMN elements in Chinese, put together: menus say "Message start event", the panel "Message Start Event".
const KINDS = {
  Message: '消息', Timer: '定时器', Signal: '信号', Error: '错误', Escalation: '升级', Conditional: '条件',
  Compensation: '补偿', Compensate: '补偿', Link: '链接', Cancel: '取消', Terminate: '终止', '': '',
};
const EVENTS = {
  'Start Event': '开始事件', 'End Event': '结束事件', 'Boundary Event': '边界事件',
  'Intermediate Catch Event': '中间捕获事件', 'Intermediate Throw Event': '中间抛出事件',
};
const OTHERS = {
  Task: '任务', 'User Task': '用户任务', 'Service Task': '服务任务', 'Send Task': '发送任务', 'Receive Task': '接收任务',
  'Manual Task': '手工任务', 'Business Rule Task': '业务规则任务', 'Script Task': '脚本任务', 'Call Activity': '调用活动',
  'Sub Process': '子流程', 'Expanded Sub Process': '展开的子流程', 'Collapsed Sub Process': '折叠的子流程',
  'Event Sub Process': '事件子流程', Transaction: '事务', 'Ad Hoc Sub Process': '临时子流程',
  'Expanded Ad Hoc Sub Process': '展开的临时子流程', 'Collapsed Ad Hoc Sub Process': '折叠的临时子流程',
  'Exclusive Gateway': '排他网关', 'Parallel Gateway': '并行网关', 'Inclusive Gateway': '包容网关',
  'Event Based Gateway': '事件网关', 'Complex Gateway': '复杂网关', 'Sequence Flow': '顺序流', 'Default Flow': '默认流',
  'Conditional Flow': '条件流', 'Message Flow': '消息流', Association: '关联', 'Data Association': '数据关联',
  'Data Input Association': '数据输入关联', 'Data Output Association': '数据输出关联', Participant: '参与者', Lane: '泳道',
  Collaboration: '协作', Process: '流程', Group: '分组', 'Text Annotation': '注释', 'Data Object Reference': '数据对象',
  'Data Store Reference': '数据存储', 'Data Input': '数据输入', 'Data Output': '数据输出',
};

export function elements() {
  const found = { ...OTHERS };
  for (const [kind, word] of Object.entries(KINDS)) {
    for (const [event, name] of Object.entries(EVENTS)) {
      const full = [kind, event].filter(Boolean).join(' ');
      const menu = full[0] + full.slice(1).toLowerCase();
      found[full] = `${word}${name}`;
      found[`${full} (Non Interrupting)`] = `${word}${name}（非中断）`;
      found[menu] = `${word}${name}`;
      found[`${menu} (non-interrupting)`] = `${word}${name}（非中断）`;
    }
  }
  for (const [name, word] of Object.entries(OTHERS)) found[name[0] + name.slice(1).toLowerCase()] = word;
  return found;
}
